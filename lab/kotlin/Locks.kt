// Coroutines that take turns at a lock, and nothing between two turns.

package lab

import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.yield

/** Something that coroutines take turns at. */
interface Contest {
    /** Takes turns until there are none left, and returns how many it had. */
    suspend fun contend(job: Job, place: Int): Int

    /** Whether more were inside than may be. */
    val crowded: Boolean get() = false
}

suspend fun mutex(job: Job): Cost = takeTurns(job, MutexContest())

suspend fun semaphore(job: Job): Cost {
    val permits = job.capacity.toInt()
    if (permits < 1) throw Fault("no permits")
    return takeTurns(job, SemaphoreContest(permits))
}

/**
 * As many contenders as there are producers, and as many turns in all as messages. One alone has no
 * coroutine of its own.
 */
suspend fun takeTurns(job: Job, contest: Contest): Cost = coroutineScope {
    if (job.producers == 1) {
        val clock = Clock.start()
        val turns = contest.contend(job, 0)
        return@coroutineScope clock.stop().also { checkTurns(job, contest, listOf(turns)) }
    }
    val gate = Gate(job.producers)
    val all = List(job.producers) { place ->
        async {
            gate.pass()
            contest.contend(job, place)
        }
    }
    val clock = gate.open()
    val turns = all.awaitAll()
    val cost = clock.stop()
    checkTurns(job, contest, turns)
    val mean = turns.average()
    cost.copy(least = turns.min() / mean, most = turns.max() / mean)
}

fun checkTurns(job: Job, contest: Contest, turns: List<Int>) {
    if (contest.crowded || turns.sum() != job.messages) throw Fault("not excluded")
}

/** In the middle of a turn: lets every other coroutine run first, if the job says so. */
private suspend inline fun giveWay(job: Job) {
    if (job.yields) yield()
}

open class MutexContest : Contest {
    private val mutex = Mutex()
    private var count = 0

    override suspend fun contend(job: Job, place: Int): Int {
        val work = Work(job.work, place)
        var turns = 0
        while (true) {
            mutex.lock()
            val before = count
            if (before >= job.messages) {
                mutex.unlock()
                return turns
            }
            work.pause()
            giveWay(job)
            count = before + 1
            mutex.unlock()
            turns++
        }
    }
}

/** What one who is inside adds to the count of turns. */
private const val INSIDE = 1L shl 48

/**
 * Counts turns alone where there is one permit, and who is inside as well where there are more, with
 * two atomic additions a turn.
 */
class SemaphoreContest(private val permits: Int) : Contest {
    private val semaphore = Semaphore(permits)
    private val count = AtomicLong()
    private var plain = 0

    @Volatile
    override var crowded = false
        private set

    override suspend fun contend(job: Job, place: Int): Int {
        val work = Work(job.work, place)
        val lone = permits == 1 || job.producers == 1
        var turns = 0
        while (true) {
            semaphore.acquire()
            val before = if (lone) plain else enter()
            val over = before >= job.messages
            if (!over) {
                work.pause()
                giveWay(job)
            }
            if (!lone) count.addAndGet(-INSIDE) else if (!over) plain = before + 1
            semaphore.release()
            if (over) return turns
            turns++
        }
    }

    /** The turns before this one. */
    fun enter(): Int {
        val now = count.addAndGet(INSIDE + 1)
        if (now / INSIDE > permits) crowded = true
        return (now % INSIDE).toInt() - 1
    }
}
