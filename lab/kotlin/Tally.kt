// What proves a round: every message names its producer and its place in that producer's sequence;
// consumers count and add them up, and a lone consumer also checks the order.

package lab

private const val SEQUENCE_BITS = 40

fun message(producer: Int, sequence: Int): Long = producer.toLong().shl(SEQUENCE_BITS) or sequence.toLong()

/** What one consumer received. */
class Tally(owing: Int = 0) {
    var count = 0L
        private set
    var sum = 0L
        private set
    var disorder = false
        private set

    /**
     * The sequence number that each producer owes next; empty where the order is not checked: among
     * several consumers nobody can tell who was first.
     */
    private val owed = LongArray(owing)

    fun take(message: Long) {
        count++
        sum += message
        val producer = message shr SEQUENCE_BITS
        if (producer < owed.size) {
            val sequence = message and ((1L shl SEQUENCE_BITS) - 1)
            if (sequence != owed[producer.toInt()]) disorder = true
            owed[producer.toInt()] = sequence + 1
        }
    }
}

fun Job.tally() = Tally(if (consumers == 1 && busy == 1) producers else 0)

/** Whether the tallies are what the producers sent, `share` messages each. */
fun check(producers: Int, share: Int, tallies: List<Tally>) {
    val count = tallies.sumOf { it.count }
    val sent = producers.toLong() * share
    val sum = (0 until producers).sumOf { message(it, 0) * share + share.toLong() * (share - 1) / 2 }
    if (count != sent) throw Fault("$count messages for $sent")
    if (tallies.sumOf { it.sum } != sum) throw Fault("wrong messages")
    if (tallies.any { it.disorder }) throw Fault("out of order")
}

fun Job.check(tallies: List<Tally>) = check(producers, share, tallies)
