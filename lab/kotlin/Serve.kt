// One job after the other for strait-lab, which interleaves them with the rounds of its other peers.

package lab

import java.io.BufferedReader
import java.io.PrintStream
import java.util.Locale
import java.util.concurrent.SynchronousQueue
import kotlin.concurrent.thread

/** What a round of the warm-up should take at least. */
private const val WARM_ROUND_NS = 50_000_000L

/** The first shape of all takes at least so long: nothing at all is compiled before it. */
private const val FIRST = 1.0

/** On a machine that does other things as well, warming up takes longer, but not longer than this. */
private const val LONGEST = 3

/**
 * Runs a job of a shape that is new until the JVM has compiled what it needs for it: for so many
 * [seconds] of processor time.
 */
class WarmUp(private val seconds: Double) {
    private val warm = HashMap<Job, Double>()

    /** For how long this shape has been warmed up. */
    fun of(job: Job): Double = warm.getOrPut(job.copy(messages = 0)) {
        val least = if (warm.isEmpty()) maxOf(seconds, FIRST) else seconds
        val start = System.nanoTime()
        val used = Processors.used()
        fun elapsed() = (System.nanoTime() - start) / 1e9
        var round = job
        while ((Processors.used() - used) / 1e9 < least && elapsed() < LONGEST * least) {
            val cost = round.run()
            if (cost.wallNs < WARM_ROUND_NS) round = round.copy(messages = round.messages * 2)
        }
        elapsed()
    }
}

/**
 * Answers each line of [input], and sleeps in between. The end of the input ends the program at
 * once, even within a job: whoever asked is gone.
 */
fun serve(input: BufferedReader, output: PrintStream, warmUp: WarmUp) {
    val lines = SynchronousQueue<String>()
    thread(isDaemon = true, name = "input") {
        while (true) lines.put(input.readLine() ?: break)
        Runtime.getRuntime().halt(0)
    }
    while (true) {
        output.println(reply(lines.take(), warmUp))
        output.flush()
    }
}

fun reply(line: String, warmUp: WarmUp): String = try {
    val job = Job.parse(line)
    val warm = String.format(Locale.ROOT, "%.3f", warmUp.of(job))
    val cost = job.run()
    val spread = if (cost.least == null) "" else ""","least":${cost.least},"most":${cost.most}"""
    """{"wall_ns":${cost.wallNs},"cpu_ns":${cost.cpuNs}$spread,"warm":$warm}"""
} catch (fault: Exception) {
    """{"fault":${text(fault.message ?: fault.toString())}}"""
}
