module strait/lab/go

go 1.24
