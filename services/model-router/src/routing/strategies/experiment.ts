import { createHash } from 'node:crypto'
import type { Order } from '../target.ts'
import { byNumber } from './by-number.ts'

/**
 * Each conversation is put to one target, by weight, and stays with it. Weighted rendezvous hashing: every replica draws the same, and a target that is left out
 * for now moves only its own conversations, which come back to it.
 */
export const experiment: Order = (targets, { conversation, random }) =>
  byNumber(
    targets,
    ({ weight, model }) => (weight === 0 ? Infinity : -Math.log(pointOf(`${conversation} ${model.name}`)) / weight),
    random,
  )

/** Above 0 to below 1, evenly. */
const pointOf = (text: string) => (createHash('sha256').update(text).digest().readUInt32BE(0) + 0.5) / 2 ** 32
