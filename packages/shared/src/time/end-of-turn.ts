import { AsyncLocalStorage } from 'node:async_hooks'

let waiting: (() => void)[] = []

// The work is everybody's: it is in the span and the transaction of nobody.
const outside = AsyncLocalStorage.snapshot()

/**
 * Does a piece of work when the turn of the event loop ends, together with all other such work of the process, and with what that adds. What many send in one turn then crosses in
 * one write. It must not throw.
 */
export function atEndOfTurn(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(outside, doAll)
}

function doAll(): void {
  const all = waiting
  for (const work of all) work()
  waiting = []
}
