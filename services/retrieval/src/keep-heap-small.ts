import { setFlagsFromString } from 'node:v8'

/**
 * Indexing makes much garbage and keeps little; left to itself, the heap grows to several times of what is in use before it is looked through. What is in use is not
 * limited. For whole processes: whoever indexes in one calls it first.
 */
export const keepHeapSmall = () => setFlagsFromString('--heap-growing-percent=40')
