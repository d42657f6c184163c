// strait-lab-kotlin puts the channels of kotlinx.coroutines through the workloads of strait-lab.
//
// By itself it takes the options of strait-lab and runs the rows of tasks; with --serve it does one
// job after the other for strait-lab. In both cases each shape of job is warmed up before it is
// measured, and the figures say so.
//
// - Job, Tally: what is asked for, and the proof that it was done; Work: what is computed between
//   two operations; Clock: the gate and the time.
// - Streams, Select, Ready: the workloads.
// - Serve: the protocol and the warm-up; SelfTest: the checks of the checks.

package lab

import kotlin.system.exitProcess

private const val USAGE = "options: --serve | --self-test | --version; --workers N --warm SECONDS"

fun main(arguments: Array<String>) {
    val options = Options(arguments)
    // Before the first coroutine: the dispatcher reads it once.
    val workers = options.workers.toString()
    System.setProperty("kotlinx.coroutines.scheduler.core.pool.size", workers)
    System.setProperty("kotlinx.coroutines.scheduler.max.pool.size", workers)
    when (options.mode) {
        "--version" -> println(version())
        "--self-test" -> selfTest()
        "--serve" -> serve(System.`in`.bufferedReader(), System.out, WarmUp(options.warm))
        else -> { System.err.println(USAGE); exitProcess(2) }
    }
}

class Options(arguments: Array<String>) {
    var mode = ""
        private set
    var workers = Runtime.getRuntime().availableProcessors()
        private set
    var warm = 2.5
        private set

    init {
        val rest = arguments.iterator()
        while (rest.hasNext()) {
            when (val name = rest.next()) {
                "--workers" -> workers = rest.next().toInt()
                "--warm" -> warm = rest.next().toDouble()
                else -> mode = name
            }
        }
    }
}

private fun version(): String {
    val resource = Job::class.java.getResource("/META-INF/kotlinx_coroutines_core.version")
    val coroutines = resource?.readText()?.trim() ?: "of unknown version"
    val java = "${System.getProperty("java.vm.name")} ${System.getProperty("java.version")}"
    return "kotlin ${KotlinVersion.CURRENT}, kotlinx.coroutines $coroutines, $java"
}
