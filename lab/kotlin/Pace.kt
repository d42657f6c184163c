// How long and how often a row is measured, once it is warm.

package lab

class Pace(val rounds: Int, val roundNs: Long) {
    companion object {
        val FULL = Pace(rounds = 25, roundNs = 10_000_000)
        val QUICK = Pace(rounds = 7, roundNs = 6_000_000)
    }
}

/** What was measured in a row; the costs are those of whole rounds. */
class Lane {
    var messages = 0
    var warm = 0.0
    val rounds = ArrayList<Cost>()
    val plain = ArrayList<Cost>()
    val faults = ArrayList<String>()
}

fun measure(row: Row, pace: Pace, warmUp: WarmUp): Lane {
    val lane = Lane()
    val plain = row.plain?.let { row.job.copy(workload = it) }
    try {
        lane.warm = warmUp.of(row.job) + (plain?.let(warmUp::of) ?: 0.0)
        lane.messages = estimate(row.job, pace)
        repeat(pace.rounds) {
            lane.rounds += row.job.copy(messages = lane.messages).run()
            if (plain != null) lane.plain += plain.copy(messages = lane.messages).run()
        }
    } catch (fault: Exception) {
        lane.faults += fault.message ?: fault.toString()
    }
    return lane
}

/**
 * The messages of a round, from rounds that grow until the clock can tell. A long round is believed
 * only if it is long three times.
 */
private fun estimate(job: Job, pace: Pace): Int {
    val unit = job.messages
    fun multiple(number: Long) = ((number + unit - 1) / unit * unit).coerceAtLeast(unit.toLong()).toInt()
    var messages = multiple(64)
    var long = 0
    var least = Long.MAX_VALUE
    while (true) {
        least = minOf(least, job.copy(messages = messages).run().wallNs)
        if (least <= pace.roundNs / 2) {
            messages *= 2
            long = 0
            least = Long.MAX_VALUE
        } else if (++long == 3) {
            return multiple(messages * pace.roundNs / least)
        }
    }
}

fun median(figures: List<Double>): Double {
    val sorted = figures.sorted()
    return if (sorted.isEmpty()) 0.0 else (sorted[(sorted.size - 1) / 2] + sorted[sorted.size / 2]) / 2
}
