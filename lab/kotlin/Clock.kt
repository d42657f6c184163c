// Time on the wall and time on the processor, and the gate at which the clock starts.

package lab

import java.io.File
import java.io.IOException
import java.io.RandomAccessFile
import java.lang.management.ManagementFactory
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.yield

/**
 * What a round took on the wall and on all processors; the fewest turns that one had and the most,
 * in parts of the mean, where they may differ.
 */
data class Cost(val wallNs: Long, val cpuNs: Long, val least: Double? = null, val most: Double? = null)

class Clock private constructor(private val cpu: Long, private val wall: Long) {
    fun stop(): Cost {
        val end = System.nanoTime()
        return Cost(end - wall, Processors.used() - cpu)
    }

    companion object {
        fun start(): Clock {
            val cpu = Processors.used()
            return Clock(cpu, System.nanoTime())
        }
    }
}

/**
 * The processor time of all threads, collectors and compilers included. Linux counts each thread's
 * in nanoseconds; the JVM's own sum is in hundredths of a second, as long as a round takes.
 */
object Processors {
    private val tasks = File("/proc/self/task")
    private val files = HashMap<String, RandomAccessFile?>()
    private val last = HashMap<String, Long>()
    private val buffer = ByteArray(64)
    private val threads = ManagementFactory.getThreadMXBean() as com.sun.management.ThreadMXBean

    @Synchronized
    fun used(): Long {
        val names = tasks.list() ?: return coarse()
        // Asked thread by thread, the kernel brings its counts up to date; else those of threads
        // that run are as old as its last tick, which is long ago in a round of some milliseconds.
        threads.getThreadCpuTime(threads.allThreadIds)
        names.forEach { name -> last[name] = read(name) ?: last[name] ?: 0 }
        return last.values.sum()
    }

    /** `null` for a thread that has ended; what it used stays in [last]. */
    private fun read(name: String): Long? = try {
        val file = files.getOrPut(name) { RandomAccessFile("$tasks/$name/schedstat", "r") }
        file?.seek(0)
        val length = file?.read(buffer) ?: 0
        String(buffer, 0, maxOf(length, 0)).substringBefore(' ').toLongOrNull()
    } catch (_: IOException) {
        files.remove(name)?.close()
        null
    }

    private fun coarse(): Long {
        val system = ManagementFactory.getOperatingSystemMXBean()
        return (system as com.sun.management.OperatingSystemMXBean).processCpuTime
    }
}

/** Holds the coroutines until all are there and the clock runs. */
class Gate(private val coroutines: Int) {
    private val arrived = AtomicInteger()
    private val start = CompletableDeferred<Unit>()

    suspend fun pass() {
        arrived.incrementAndGet()
        start.await()
    }

    suspend fun open(): Clock {
        while (arrived.get() < coroutines) yield()
        val clock = Clock.start()
        start.complete(Unit)
        return clock
    }
}
