// The rows of tasks, with the names that they have in strait-lab.

package lab

/** The fewest messages that a producer sends, or a round of many measures their coming and going. */
private const val LEAST_SHARE = 8

/** The work between operations where there is some. */
private const val TALK_WORK = 100

private val capacities = listOf("0", "1", "64", "1024", "unbounded")

/**
 * One line of a table. The job's number of messages is the least there can be, and every other
 * number is a multiple of it; [plain] is the workload that the job's is compared with.
 */
class Row(val name: String, val job: Job, val plain: String? = null)

/** Rows that share a table. */
class RowSet(val title: String, val rows: List<Row>)

/** All rows whose name contains one of [filter], or all if there is none. */
fun setsOf(workers: Int, filter: List<String>): List<RowSet> {
    val place = "tasks$workers"
    val sets = listOf(
        RowSet("Tasks, $workers workers", taskRows(place)),
        RowSet("Select, one task", readyRows()),
        RowSet("Select, tasks, $workers workers", selectRows(place)),
        RowSet("Locks, $workers workers", lockRows(place)),
        RowSet("One to many, $workers workers", manyRows(place)),
        RowSet("The talk", talkRows(workers)),
    )
    fun asked(row: Row) = filter.isEmpty() || filter.any { it in row.name }
    return sets.map { RowSet(it.title, it.rows.filter(::asked)) }.filter { it.rows.isNotEmpty() }
}

/** So many of both sides, one channel, and nothing to do besides. */
private fun jobOf(workload: String, capacity: String, producers: Int, consumers: Int) =
    Job(workload, capacity, producers, consumers, producers * LEAST_SHARE, arms = 1, busy = 1, work = 0)

private fun taskRows(place: String): List<Row> = buildList {
    for (capacity in capacities.drop(1)) {
        add(Row("$place/ready/$capacity", jobOf("ready", capacity, 1, 1)))
    }
    for (capacity in capacities) {
        add(Row("$place/ping-pong/$capacity", jobOf("ping-pong", capacity, 1, 1)))
    }
    val crowds = listOf(
        Triple("spsc", 1, 1), Triple("mpsc4", 4, 1), Triple("mpmc4x4", 4, 4), Triple("1000x1000", 1000, 1000),
    )
    for ((crowd, producers, consumers) in crowds) {
        for (capacity in capacities) {
            val job = jobOf("streams", capacity, producers, consumers)
            add(Row("$place/$crowd/$capacity", job))
            add(Row("$place/$crowd/$capacity/w100", job.copy(work = TALK_WORK)))
        }
    }
}

private fun readyRows(): List<Row> = buildList {
    for (capacity in listOf("64", "unbounded")) {
        for (arms in listOf(2, 8, 64)) {
            for ((load, busy) in listOf("one" to 1, "all" to arms)) {
                val job = jobOf("select-ready", capacity, 1, 1).copy(arms = arms, busy = busy)
                add(Row("task/select-ready/$arms/$load/$capacity", job, plain = "select-plain"))
            }
        }
    }
}

private fun selectRows(place: String): List<Row> = buildList {
    for (arms in listOf(2, 8, 64, 1000)) {
        for ((load, busy) in listOf("one" to 1, "all" to arms)) {
            val job = jobOf("select-recv", "64", minOf(busy, 2), 1).copy(arms = arms, busy = busy)
            add(Row("$place/select-recv/$arms/$load", job))
        }
    }
    val mixes = listOf(
        Triple("select-mixed/cross", "cross", 1), Triple("select-mixed/both", "both", 4),
        Triple("select-cancel/spsc", "cancel", 1), Triple("select-cancel/mpmc4x4", "cancel", 4),
    )
    for ((name, workload, crowd) in mixes) {
        for (capacity in listOf("0", "64")) {
            add(Row("$place/$name/$capacity", jobOf(workload, capacity, crowd, crowd)))
        }
    }
}

/** So many who take turns, with nothing to do inside, with work, and with one step back. */
private fun lockRows(place: String): List<Row> = buildList {
    val locks = listOf(
        Triple("mutex", "mutex", "1"), Triple("semaphore1", "semaphore", "1"), Triple("semaphore4", "semaphore", "4"),
    )
    for ((name, workload, permits) in locks) {
        for (contenders in listOf(1, 2, 8, 1000)) {
            val job = jobOf(workload, permits, contenders, 1)
            if (contenders == 2 && permits == "4") continue
            add(Row("sync/$name/$place/$contenders", job))
            if (contenders > 1) {
                add(Row("sync/$name/$place/$contenders/w100", job.copy(work = TALK_WORK)))
                add(Row("sync/$name/$place/$contenders/yield", job.copy(yields = true)))
            }
        }
    }
}

private fun manyRows(place: String): List<Row> = buildList {
    for ((producers, consumers) in listOf(1 to 1, 1 to 4, 1 to 16, 4 to 4)) {
        for (capacity in listOf("16", "1024")) {
            val job = jobOf("broadcast", capacity, producers, consumers)
            add(Row("many/broadcast/$place/${producers}x$consumers/$capacity", job))
        }
    }
    for (readers in listOf(1, 4, 16, 1000)) {
        add(Row("many/latest/wake/$place/$readers", jobOf("latest", "1", 1, readers).copy(messages = readers)))
    }
}

/** The three figures of the talk: half of the coroutines produce, half consume. */
private fun talkRows(workers: Int): List<Row> = buildList {
    val figures = listOf(
        Triple("rendezvous", "streams", "0"), Triple("buffered", "streams", "64"), Triple("select", "cancel", "0"),
    )
    for ((figure, workload, capacity) in figures) {
        for (coroutines in listOf(2, 8, 64, 1000)) {
            val job = jobOf(workload, capacity, coroutines / 2, coroutines / 2)
            add(Row("talk/$figure/$coroutines/$workers", job.copy(work = TALK_WORK)))
        }
    }
}
