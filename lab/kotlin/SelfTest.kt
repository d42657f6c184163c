// The checks of the checks: run with --self-test, as the tests of strait-lab do.

package lab

import kotlin.math.abs
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking

fun selfTest() {
    tallies()
    lostMessages()
    exclusion()
    work()
    workloadsPass()
    names()
    println("ok")
}

private fun tallies() {
    fun received(vararg messages: Pair<Int, Int>) = listOf(
        Tally(2).also { tally -> messages.forEach { (producer, sequence) -> tally.take(message(producer, sequence)) } },
    )
    check(2, 2, received(1 to 0, 0 to 0, 0 to 1, 1 to 1))
    expect("3 messages for 4") { check(2, 2, received(0 to 0, 0 to 1, 1 to 0)) }
    expect("wrong messages") { check(2, 2, received(0 to 0, 0 to 0, 1 to 0, 1 to 1)) }
    expect("out of order") { check(2, 2, received(0 to 1, 0 to 0, 1 to 0, 1 to 1)) }
}

private fun lostMessages() {
    val lossy: Sending = { job, to, producer ->
        for (sequence in 0 until job.share) if (producer > 0 || sequence != 7) to.send(message(producer, sequence))
    }
    for ((producers, consumers) in listOf(1 to 1, 4 to 1, 4 to 4)) {
        expect("3999 messages for 4000") {
            runBlocking(Dispatchers.Default) { race(small("streams", "0", producers, consumers, 1), lossy) }
        }
    }
    val lossyAround: SendingAround = { job, busy, producer ->
        for (sequence in 0 until job.share - 1) busy[sequence % busy.size].send(message(producer, sequence))
    }
    expect("3998 messages for 4000") {
        runBlocking(Dispatchers.Default) { raceArms(small("select-recv", "64", 2, 1, 2), lossyAround) }
    }
}

private fun exclusion() {
    val open = object : MutexContest() {
        override suspend fun contend(job: Job, place: Int) = super.contend(job, place) + 1
    }
    for (contenders in listOf(1, 4)) {
        expect("not excluded") {
            runBlocking(Dispatchers.Default) { takeTurns(small("mutex", "1", contenders, 1, 1), open) }
        }
    }
    val two = SemaphoreContest(2)
    repeat(3) { two.enter() }
    expect("not excluded") { checkTurns(small("semaphore", "2", 3, 1, 1), two, listOf(4000)) }
}

private fun work() {
    val work = Work(100, 3)
    val mean = (1..400_000).sumOf { work.steps().toLong() } / 400_000.0
    if (abs(mean - 100) > 1) throw AssertionError("$mean steps in the mean")
}

private fun workloadsPass() {
    val jobs = listOf(
        small("streams", "0", 1, 1, 1), small("streams", "1", 4, 1, 1), small("streams", "64", 4, 4, 1),
        small("streams", "unbounded", 100, 100, 1), small("ping-pong", "0", 1, 1, 1),
        small("ready", "64", 1, 1, 1), small("select-recv", "64", 2, 1, 8),
        small("select-recv", "64", 2, 1, 100), small("select-ready", "64", 1, 1, 8),
        small("select-plain", "64", 1, 1, 8), small("cross", "0", 1, 1, 1), small("cross", "64", 1, 1, 1),
        small("both", "0", 4, 4, 1), small("both", "64", 4, 4, 1), small("cancel", "0", 1, 1, 1),
        small("cancel", "64", 4, 4, 1), small("mutex", "1", 1, 1, 1), small("mutex", "1", 8, 1, 1),
        small("mutex", "1", 8, 1, 1).copy(yields = true), small("semaphore", "1", 8, 1, 1),
        small("semaphore", "4", 1, 1, 1), small("semaphore", "4", 8, 1, 1).copy(yields = true),
        small("broadcast", "16", 1, 4, 1), small("broadcast", "1024", 4, 4, 1), small("latest", "1", 1, 8, 1),
    )
    for (job in jobs) if (job.run().wallNs <= 0) throw AssertionError("$job took no time")
    expect("unknown workload juggling") { small("juggling", "0", 1, 1, 1).run() }
}

private fun names() {
    val names = setsOf(2, emptyList()).flatMap { set -> set.rows.map { it.name } }
    if (names.toSet().size != names.size) throw AssertionError("a name is there twice")
    val known = listOf(
        "tasks2/spsc/0", "tasks2/1000x1000/unbounded/w100", "tasks2/ping-pong/1", "tasks2/ready/1024",
        "task/select-ready/8/all/64", "tasks2/select-recv/1000/one", "tasks2/select-mixed/cross/64",
        "tasks2/select-cancel/mpmc4x4/0", "talk/select/1000/2",
        "sync/mutex/tasks2/8/w100", "sync/semaphore4/tasks2/1000/yield", "many/broadcast/tasks2/1x4/16",
        "many/latest/wake/tasks2/1000",
    )
    for (name in known) if (name !in names) throw AssertionError("there is no $name")
}

private fun small(workload: String, capacity: String, producers: Int, consumers: Int, arms: Int) =
    Job(workload, capacity, producers, consumers, messages = 4000, arms, busy = arms, work = 3)

private fun expect(fault: String, act: () -> Unit) {
    val said = try { act(); null } catch (fault: Fault) { fault.message }
    if (said != fault) throw AssertionError("$said instead of $fault")
}
