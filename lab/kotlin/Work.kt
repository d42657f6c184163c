// What is computed between two operations.

package lab

/**
 * Each step draws a number, and ends the work with a chance of one in [mean]: the steps are
 * distributed geometrically. Everyone has another [seed].
 */
class Work(mean: Int, seed: Int) {
    var state = (seed + 1) * -0x61c8864680b583ebL
        private set

    /** Below one in the mean of all numbers; 0 is no work at all. */
    private val limit: ULong = if (mean == 0) 0u else ULong.MAX_VALUE / mean.toULong()

    fun pause() {
        if (limit > 0u) steps()
    }

    /** Works and says how long. */
    fun steps(): Int {
        var x = state
        var steps = 0
        do {
            x = x xor (x shl 13)
            x = x xor (x ushr 7)
            x = x xor (x shl 17)
            steps++
        } while (x.toULong() > limit)
        state = x
        return steps
    }
}
