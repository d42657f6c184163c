// What the program prints when it is run by itself, and the raw record, as strait-lab reads it.

package lab

import java.io.File
import java.util.Locale

private const val NOTE = "Each row is measured when the JVM has run it for a while: after warm-up."

/** Whether no round was at fault. */
fun runAll(options: Options): Boolean {
    val sets = setsOf(options.workers, options.filter)
    if (sets.isEmpty()) throw Fault("no row has such a name")
    val pace = if (options.quick) Pace.QUICK else Pace.FULL
    val warmUp = WarmUp(options.warm)
    println("${version()}\n$NOTE")
    var sound = true
    val records = sets.map { set ->
        println("\n## ${set.title}\n")
        println("%-36s %10s %10s %10s %10s".format("row", "messages", "ns", "CPU ns", "warm-up s"))
        val rows = set.rows.map { row ->
            val lane = measure(row, Pace(options.rounds ?: pace.rounds, pace.roundNs), warmUp)
            sound = sound && lane.faults.isEmpty()
            println(line(row, lane))
            record(row, lane, options.workers)
        }
        """{"title":${text(set.title)},"note":${text(NOTE)},"rows":[${rows.joinToString(",")}]}"""
    }
    options.json?.writeText("""{"machine":${machine()},"sets":[${records.joinToString(",")}]}""" + "\n")
    return sound
}

private fun line(row: Row, lane: Lane): String {
    lane.faults.firstOrNull()?.let { return "%-36s %s".format(row.name, it) }
    val wall = median(lane.rounds.map { it.wallNs.toDouble() / lane.messages })
    val cpu = median(lane.rounds.map { it.cpuNs.toDouble() / lane.messages })
    return "%-36s %10d %10.1f %10.1f %10.1f".format(Locale.ROOT, row.name, lane.messages, wall, cpu, lane.warm)
}

private fun record(row: Row, lane: Lane, workers: Int): String {
    val job = row.job
    val shape = """{"capacity":${text(job.capacity)},"producers":${job.producers},"consumers":${job.consumers},""" +
        """"workers":$workers,"arms":${job.arms},"busy":${job.busy},"work":${job.work},"payload":"word"}"""
    val contestant = """{"name":"kotlin","package":"kotlinx.coroutines","version":${text(version())},""" +
        """"own":false,"control":false,"cancel_safe":false,"messages":${lane.messages},"warm":${lane.warm},""" +
        """"rounds":${rounds(lane.rounds, lane.messages)},"plain":${rounds(lane.plain, lane.messages)},""" +
        """"faults":[${lane.faults.joinToString(",", transform = ::text)}]}"""
    return """{"name":${text(row.name)},"job":$shape,"contestants":[$contestant]}"""
}

private fun rounds(costs: List<Cost>, messages: Int) = costs.joinToString(",", "[", "]") { cost ->
    fun each(ns: Long) = String.format(Locale.ROOT, "%.3f", ns.toDouble() / messages)
    """{"wall_ns":${each(cost.wallNs)},"cpu_ns":${each(cost.cpuNs)}}"""
}

private fun machine(): String {
    val model = lines("/proc/cpuinfo").firstOrNull { it.startsWith("model name") }
    val cpu = model?.substringAfter(": ") ?: "unknown"
    val kernel = lines("/proc/sys/kernel/osrelease").firstOrNull() ?: "unknown"
    return """{"cpu":${text(cpu)},"cores":${Runtime.getRuntime().availableProcessors()},""" +
        """"kernel":${text(kernel)},"packages":[${text(version())}]}"""
}

private fun lines(path: String): List<String> = File(path).takeIf { it.canRead() }?.readLines() ?: emptyList()

/** A JSON string. */
fun text(value: String): String = value.fold(StringBuilder("\"")) { json, char ->
    when {
        char == '"' || char == '\\' -> json.append('\\').append(char)
        char < ' ' -> json.append(String.format(Locale.ROOT, "\\u%04x", char.code))
        else -> json.append(char)
    }
}.append('"').toString()

fun version(): String {
    val resource = Job::class.java.getResource("/META-INF/kotlinx_coroutines_core.version")
    val coroutines = resource?.readText()?.trim() ?: "of unknown version"
    val java = "${System.getProperty("java.vm.name")} ${System.getProperty("java.version")}"
    return "kotlin ${KotlinVersion.CURRENT}, kotlinx.coroutines $coroutines, $java"
}
