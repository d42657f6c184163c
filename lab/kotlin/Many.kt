// One to many: a shared flow whose emitters wait for the slowest collector, and a state flow.

package lab

import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch

/** A flow has no end; a collector goes when it has seen all. */
suspend fun broadcast(job: Job): Cost = coroutineScope {
    val flow = MutableSharedFlow<Long>(0, job.capacity.toInt(), BufferOverflow.SUSPEND)
    val gate = Gate(job.producers)
    val tallies = List(job.consumers) { Tally(job.producers) }
    val collectors = tallies.map { tally ->
        launch { flow.takeWhile { tally.take(it); tally.count < job.messages }.collect {} }
    }
    // Who is no subscriber yet sees nothing.
    flow.subscriptionCount.first { it == job.consumers }
    val senders = List(job.producers) { producer ->
        launch {
            val work = Work(job.work, producer)
            gate.pass()
            for (sequence in 0 until job.share) {
                flow.emit(message(producer, sequence))
                work.pause()
            }
        }
    }
    val clock = gate.open()
    senders.joinAll()
    collectors.joinAll()
    clock.stop().also { for (tally in tallies) check(job.producers, job.share, listOf(tally)) }
}

/** The sender waits until all have seen its value before it sends the next. */
suspend fun latest(job: Job): Cost = coroutineScope {
    val flow = MutableStateFlow(0L)
    val values = job.messages / job.consumers
    val owing = AtomicInteger(job.consumers)
    val seen = Channel<Unit>(1)
    fun tick() {
        if (owing.decrementAndGet() == 0) seen.trySend(Unit)
    }
    val tallies = List(job.consumers) { Tally(1) }
    val collectors = tallies.map { tally ->
        launch {
            flow.takeWhile { value ->
                if (value > 0) tally.take(message(0, (value - 1).toInt()))
                tick()
                value < values
            }.collect {}
        }
    }
    // Everyone sees the first value, which does not count, before the clock runs.
    seen.receive()
    val gate = Gate(1)
    val sender = launch {
        gate.pass()
        for (value in 1L..values) {
            owing.set(job.consumers)
            flow.value = value
            seen.receive()
        }
    }
    val clock = gate.open()
    sender.join()
    collectors.joinAll()
    clock.stop().also { for (tally in tallies) check(1, values, listOf(tally)) }
}
