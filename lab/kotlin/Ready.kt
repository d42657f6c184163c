// One coroutine that sends a message and receives it: nobody waits.

package lab

import kotlinx.coroutines.channels.Channel

suspend fun ready(job: Job): Cost {
    val channel = job.channel()
    val tally = job.tally()
    val work = Work(job.work, 0)
    val clock = Clock.start()
    for (sequence in 0 until job.messages) {
        channel.send(message(0, sequence))
        work.pause()
        tally.take(channel.receive())
        work.pause()
    }
    return clock.stop().also { job.check(listOf(tally)) }
}

/** The same with a select over many channels that finds the message. */
suspend fun selectReady(job: Job): Cost = feed(job) { channels, _ -> pick(channels) }

/** The same where the channel is known. */
suspend fun selectPlain(job: Job): Cost = feed(job) { channels, at -> channels[at].receive() }

private suspend inline fun feed(job: Job, next: (List<Channel<Long>>, Int) -> Long?): Cost {
    val channels = job.channels(job.arms)
    val tally = job.tally()
    val work = Work(job.work, 0)
    var at = 0
    val clock = Clock.start()
    for (sequence in 0 until job.messages) {
        if (!channels[at].trySend(message(0, sequence)).isSuccess) throw Fault("wrong answer")
        work.pause()
        tally.take(next(channels, at) ?: throw Fault("wrong answer"))
        work.pause()
        if (++at == job.busy) at = 0
    }
    return clock.stop().also { job.check(listOf(tally)) }
}
