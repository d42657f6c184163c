// Coroutines that only send and coroutines that only receive, and two that answer each other.

package lab

import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.channels.SendChannel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.selects.select

/** How a producer sends its share. */
typealias Sending = suspend (job: Job, to: SendChannel<Long>, producer: Int) -> Unit

suspend fun streams(job: Job): Cost = race(job, ::send)

/**
 * The same where each send can be cancelled: it is a select against a receive from a channel into
 * which nobody sends. The send comes first in it, for Kotlin's select prefers the first.
 */
suspend fun cancellable(job: Job): Cost {
    val cancelled = Channel<Long>(1)
    return race(job) { _, to, producer ->
        val work = Work(job.work, producer)
        for (sequence in 0 until job.share) {
            val sent = select {
                to.onSend(message(producer, sequence)) { true }
                cancelled.onReceive { false }
            }
            if (!sent) break
            work.pause()
        }
    }
}

private suspend fun send(job: Job, to: SendChannel<Long>, producer: Int) {
    val work = Work(job.work, producer)
    for (sequence in 0 until job.share) {
        to.send(message(producer, sequence))
        work.pause()
    }
}

/** The last producer closes. */
suspend fun race(job: Job, send: Sending): Cost = coroutineScope {
    val channel = job.channel()
    val gate = Gate(job.producers + job.consumers)
    val tallies = List(job.consumers) { job.tally() }
    val producing = AtomicInteger(job.producers)
    val all = ArrayList<kotlinx.coroutines.Job>(job.producers + job.consumers)
    for (place in 0 until maxOf(job.producers, job.consumers)) {
        if (place < job.consumers) {
            all += launch {
                gate.pass()
                receive(job, channel, tallies[place], job.producers + place)
            }
        }
        if (place < job.producers) {
            all += launch {
                gate.pass()
                send(job, channel, place)
                if (producing.decrementAndGet() == 0) channel.close()
            }
        }
    }
    val clock = gate.open()
    all.joinAll()
    clock.stop().also { job.check(tallies) }
}

private suspend fun receive(job: Job, from: ReceiveChannel<Long>, tally: Tally, place: Int) {
    val work = Work(job.work, place)
    for (message in from) {
        tally.take(message)
        work.pause()
    }
}

/** One that sends and waits for the answer, and one that answers. A message is one way. */
suspend fun pingPong(job: Job): Cost = coroutineScope {
    val there = job.channel()
    val back = job.channel()
    val gate = Gate(2)
    val answered = job.tally()
    val returned = job.tally()
    val left = launch {
        val work = Work(job.work, 0)
        gate.pass()
        for (sequence in 0 until job.messages / 2) {
            there.send(message(0, sequence))
            work.pause()
            returned.take(back.receive())
            work.pause()
        }
        there.close()
    }
    val right = launch {
        val work = Work(job.work, 1)
        gate.pass()
        for (message in there) {
            answered.take(message)
            work.pause()
            back.send(message)
            work.pause()
        }
    }
    val clock = gate.open()
    left.join()
    right.join()
    clock.stop().also { for (tally in listOf(answered, returned)) check(1, job.messages / 2, listOf(tally)) }
}
