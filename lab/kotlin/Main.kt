// strait-lab-kotlin puts the channels of kotlinx.coroutines through the workloads of strait-lab.
//
// By itself it takes the options of strait-lab and runs the rows of tasks; with --serve it does one
// job after the other for strait-lab. In both cases each shape of job is warmed up before it is
// measured, and the figures say so.
//
// - Job, Tally: what is asked for, and the proof that it was done; Work: what is computed between
//   two operations; Clock: the gate and the time.
// - Streams, Select, Ready, Locks, Many: the workloads.
// - Serve: the protocol and the warm-up; Rows, Pace, Report: the program by itself; SelfTest: the
//   checks of the checks.

package lab

import java.io.File
import kotlin.system.exitProcess

private const val USAGE = """options:
  --workers N      threads that run coroutines
  --warm SECONDS   for how long each shape of job is run before it is measured
  --quick          fewer and shorter rounds
  --filter SUBSTR  only rows whose name contains this; may be repeated
  --rounds N       rounds a row
  --json FILE      write every round to this file
  --serve          read jobs from standard input, one JSON object a line
  --self-test      check the checks and end
  --version        print the versions and end"""

/** Seconds that suit the JVM's second compiler, and a look. */
private const val WARM_UP = 2.5
private const val BRIEF_WARM_UP = 0.3

fun main(arguments: Array<String>) {
    val options = Options.parse(arguments)
    if (options == null) {
        System.err.println(USAGE)
        exitProcess(2)
    }
    // Before the first coroutine: the dispatcher reads it once.
    val workers = options.workers.toString()
    System.setProperty("kotlinx.coroutines.scheduler.core.pool.size", workers)
    System.setProperty("kotlinx.coroutines.scheduler.max.pool.size", workers)
    when (options.mode) {
        "--version" -> println(version())
        "--self-test" -> selfTest()
        "--serve" -> serve(System.`in`.bufferedReader(), System.out, WarmUp(options.warm))
        else -> alone(options)
    }
}

private fun alone(options: Options) {
    val sound = try {
        runAll(options)
    } catch (fault: Fault) {
        System.err.println(fault.message)
        false
    }
    exitProcess(if (sound) 0 else 1)
}

/** The command line. */
data class Options(
    val mode: String? = null,
    val workers: Int = Runtime.getRuntime().availableProcessors(),
    val quick: Boolean = false,
    val filter: List<String> = emptyList(),
    val rounds: Int? = null,
    val json: File? = null,
    private val asked: Double? = null,
) {
    val warm get() = asked ?: if (quick) BRIEF_WARM_UP else WARM_UP

    companion object {
        /** `null` where something is not understood. */
        fun parse(arguments: Array<String>): Options? {
            val rest = arguments.iterator()
            var options = Options()
            fun value() = if (rest.hasNext()) rest.next() else null
            fun positive() = value()?.toIntOrNull()?.takeIf { it > 0 }
            while (rest.hasNext()) {
                options = when (val name = rest.next()) {
                    "--serve", "--self-test", "--version" -> options.copy(mode = name)
                    "--quick" -> options.copy(quick = true)
                    "--workers" -> options.copy(workers = positive() ?: return null)
                    "--rounds" -> options.copy(rounds = positive() ?: return null)
                    "--warm" -> options.copy(asked = value()?.toDoubleOrNull() ?: return null)
                    "--filter" -> options.copy(filter = options.filter + (value() ?: return null))
                    "--json" -> options.copy(json = File(value() ?: return null))
                    else -> return null
                }
            }
            return options
        }
    }
}
