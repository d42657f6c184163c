// What is asked for, as strait-lab sends it, and what is asked of each workload.

package lab

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.runBlocking

/** Why a round is an error and not a time. */
class Fault(message: String) : Exception(message)

/** The size of a round. */
data class Job(
    val workload: String,
    val capacity: String,
    val producers: Int,
    val consumers: Int,
    val messages: Int,
    /** The channels that a select chooses from. */
    val arms: Int,
    /** How many of them are sent into. */
    val busy: Int,
    /** The mean number of steps that are computed after every operation. */
    val work: Int,
    /** Whether a lock is held while all others run. */
    val yields: Boolean = false,
) {
    /** How many messages each producer sends. */
    val share get() = messages / producers

    fun channel() = Channel<Long>(if (capacity == "unbounded") Channel.UNLIMITED else capacity.toInt())

    fun channels(count: Int) = List(count) { channel() }

    fun run(): Cost {
        val race = workloads[workload] ?: throw Fault("unknown workload $workload")
        val room = if (capacity == "unbounded") Channel.UNLIMITED else capacity.toIntOrNull() ?: -1
        if (room < 0 || minOf(producers, consumers, messages, arms) < 1 || busy !in 1..arms || work < 0) {
            throw Fault("no such job: $this")
        }
        if (workload == "ready" && room == 0) throw Fault("nobody can be ready without room")
        // The clock runs in one more coroutine of that dispatcher: with one worker nothing leaves it.
        return runBlocking(Dispatchers.Default) { race(this@Job) }
    }

    companion object {
        private val field = Regex("\"(\\w+)\"\\s*:\\s*(?:\"([^\"]*)\"|(\\d+))")

        /** Reads a flat JSON object; strings in it need no escapes. */
        fun parse(line: String): Job {
            val fields = field.findAll(line).associate { found ->
                val (name, text, number) = found.destructured
                name to text + number
            }
            fun text(name: String) = fields[name] ?: throw Fault("no job: $name is missing")
            fun number(name: String) = text(name).toIntOrNull() ?: throw Fault("no job: $name is no number")
            return Job(
                text("workload"), text("capacity"), number("producers"), number("consumers"),
                number("messages"), number("arms"), number("busy"), number("work"), number("yields") > 0,
            )
        }
    }
}

/** The rounds by name. */
val workloads: Map<String, suspend (Job) -> Cost> = mapOf(
    "streams" to { job -> streams(job) },
    "ping-pong" to { job -> pingPong(job) },
    "ready" to { job -> ready(job) },
    "select-recv" to { job -> selectRecv(job) },
    "select-ready" to { job -> selectReady(job) },
    "select-plain" to { job -> selectPlain(job) },
    "cross" to { job -> cross(job) },
    "both" to { job -> both(job) },
    "cancel" to { job -> cancellable(job) },
    "mutex" to { job -> mutex(job) },
    "semaphore" to { job -> semaphore(job) },
    "broadcast" to { job -> broadcast(job) },
    "latest" to { job -> latest(job) },
)
