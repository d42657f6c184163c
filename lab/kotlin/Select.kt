// A select over receives from many channels, and selects among sends.

package lab

import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.channels.SendChannel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.selects.select
import kotlinx.coroutines.withTimeoutOrNull

/**
 * How long channels stay open for a receiver that has not got all messages: then the close ends it,
 * and the count tells of the loss.
 */
private const val LINGER_MS = 1000L

/** How many channels [both] chooses from. */
private const val MIXED = 4

/** The first message of several channels; `null` is a channel that is closed. */
suspend fun pick(channels: List<ReceiveChannel<Long>>): Long? = select {
    for (channel in channels) channel.onReceiveCatching { it.getOrNull() }
}

/** How a producer sends its share around the busy channels. */
typealias SendingAround = suspend (job: Job, busy: List<SendChannel<Long>>, producer: Int) -> Unit

/**
 * One coroutine that selects over many channels while others send into some of them. The clock runs
 * from the gate, when the receiver has had one message and waits, to the last message.
 */
suspend fun selectRecv(job: Job): Cost = raceArms(job, ::sendAround)

private suspend fun sendAround(job: Job, busy: List<SendChannel<Long>>, producer: Int) {
    val work = Work(job.work, producer)
    var at = producer * job.busy / job.producers
    for (sequence in 0 until job.share) {
        busy[at].send(message(producer, sequence))
        if (++at == busy.size) at = 0
        work.pause()
    }
}

suspend fun raceArms(job: Job, send: SendingAround): Cost = coroutineScope {
    val channels = job.channels(job.arms)
    val tally = job.tally()
    val warm = CompletableDeferred<Unit>()
    val started = CompletableDeferred<Clock>()
    val ended = CompletableDeferred<Cost>()
    val receiver = launch {
        pick(channels)
        warm.complete(Unit)
        takeAll(job, channels, tally)
        // The gate has opened, or there would be no message: this does not wait.
        ended.complete(started.await().stop())
    }
    channels.last().send(0)
    warm.await()
    val gate = Gate(job.producers)
    val producers = List(job.producers) { producer ->
        launch {
            gate.pass()
            send(job, channels.subList(0, job.busy), producer)
        }
    }
    started.complete(gate.open())
    withTimeoutOrNull(LINGER_MS) { receiver.join() }
    producers.joinAll()
    channels.forEach { it.close() }
    receiver.join()
    ended.await().also { job.check(listOf(tally)) }
}

/** Takes as many messages as there are to be, or all there are once a channel is closed. */
private suspend fun takeAll(job: Job, channels: List<ReceiveChannel<Long>>, tally: Tally) {
    val work = Work(job.work, job.producers)
    repeat(job.messages) {
        val message = pick(channels) ?: return drain(channels, tally)
        tally.take(message)
        work.pause()
    }
}

/** Takes what closed channels still hold. */
private suspend fun drain(channels: List<ReceiveChannel<Long>>, tally: Tally) {
    for (channel in channels) for (message in channel) tally.take(message)
}

/** What one of the two of [cross] did. */
class Side(val received: Tally, var sent: Int = 0)

/**
 * Two coroutines, each of which sends to the other or receives from it, whichever is first, until
 * each has done as much as there are messages.
 */
suspend fun cross(job: Job): Cost = coroutineScope {
    val right = job.channel()
    val left = job.channel()
    val gate = Gate(2)
    val sides = List(2) { Side(job.tally()) }
    val both = listOf(
        launch { gate.pass(); run(job, sides[0], right, left, 0) },
        launch { gate.pass(); run(job, sides[1], left, right, 1) },
    )
    val clock = gate.open()
    both.joinAll()
    clock.stop().also { check(job, sides) }
}

private suspend fun run(job: Job, side: Side, to: SendChannel<Long>, from: ReceiveChannel<Long>, place: Int) {
    val work = Work(job.work, place)
    var left = job.messages
    while (left > 0) {
        left--
        select {
            to.onSend(message(0, side.sent)) { side.sent++ }
            from.onReceiveCatching { result -> result.getOrNull()?.let(side.received::take) ?: run { left = 0 } }
        }
        work.pause()
    }
    to.close()
    for (message in from) side.received.take(message)
}

/**
 * Each has what the other sent. Whoever was first did as much as there are messages, and the other
 * has sent at least what that one received.
 */
fun check(job: Job, sides: List<Side>) {
    check(1, sides[1].sent, listOf(sides[0].received))
    check(1, sides[0].sent, listOf(sides[1].received))
    val moved = sides[0].sent + sides[1].sent
    if (moved < job.messages) throw Fault("$moved messages for ${job.messages}")
}

/**
 * Coroutines that send into whichever of several channels has room, and others that receive from
 * whichever has a message.
 */
suspend fun both(job: Job): Cost = coroutineScope {
    val channels = job.channels(MIXED)
    val gate = Gate(job.producers + job.consumers)
    val tallies = List(job.consumers) { Tally() }
    val producing = AtomicInteger(job.producers)
    val consumers = List(job.consumers) { place ->
        launch {
            gate.pass()
            pickAll(job, channels, tallies[place], job.producers + place)
        }
    }
    val producers = List(job.producers) { producer ->
        launch {
            gate.pass()
            sendAny(job, channels, producer)
            if (producing.decrementAndGet() == 0) channels.forEach { it.close() }
        }
    }
    val clock = gate.open()
    producers.joinAll()
    consumers.joinAll()
    clock.stop().also { job.check(tallies) }
}

/** Takes all there is, by select until the first channel is closed. */
private suspend fun pickAll(job: Job, channels: List<ReceiveChannel<Long>>, tally: Tally, place: Int) {
    val work = Work(job.work, place)
    while (true) {
        val message = pick(channels) ?: return drain(channels, tally)
        tally.take(message)
        work.pause()
    }
}

private suspend fun sendAny(job: Job, channels: List<SendChannel<Long>>, producer: Int) {
    val work = Work(job.work, producer)
    for (sequence in 0 until job.share) {
        select { for (channel in channels) channel.onSend(message(producer, sequence)) {} }
        work.pause()
    }
}
