import { randomUUID } from 'node:crypto'
import { GarbageError } from '../failure.ts'
import type { Piece } from '../piece.ts'

/** Part of a call, as chat completions stream them. */
type CallPart = {
  readonly index?: number | null
  readonly id?: string | null
  readonly function?: { readonly name?: string | null; readonly arguments?: string | null } | null
}
type Call = { readonly id: string; readonly name: string; text: string; passedOn: number | undefined; ended: boolean }

/**
 * Puts the calls of one answer one after the other, as completion events have them. A call is passed on as it is written; one that begins before the arguments of the call
 * ahead of it are whole waits for them. Servers number calls, or tell them apart by their ids, or by nothing but a name.
 */
export function createCallOrder() {
  const byIndex = new Map<number, Call>()
  let waiting: Call[] = []
  let lastIndex = 0

  function callOf({ index, id, function: written }: CallPart): Call {
    lastIndex = index ?? lastIndex
    const known = byIndex.get(lastIndex)
    const name = written?.name
    if (known && !(name && isAnother(known, id))) return known
    if (!name) throw new GarbageError('A tool call of the answer has no name')
    const call: Call = { id: id || newId(), name, text: '', passedOn: undefined, ended: false }
    byIndex.set(lastIndex, call)
    waiting.push(call)
    return call
  }

  function passOn(isEnd: boolean): Piece[] {
    const pieces: Piece[] = []
    for (const [at, call] of waiting.entries()) {
      const { id, name, text } = call
      if (call.passedOn === undefined) pieces.push({ type: 'tool-call-start', id, name })
      const rest = text.slice(call.passedOn)
      if (rest !== '') pieces.push({ type: 'tool-call-delta', arguments: rest })
      call.passedOn = text.length
      call.ended = isEnd || (at < waiting.length - 1 && isWhole(text))
      if (!call.ended) break
    }
    waiting = waiting.filter(({ ended }) => !ended)
    return pieces
  }

  return {
    add(part: CallPart): Piece[] {
      const call = callOf(part)
      const text = part.function?.arguments ?? ''
      if (!call.ended) call.text += text
      else if (text.trim() !== '') throw new GarbageError('A tool call goes on after its end')
      return passOn(false)
    },
    /** Something else begins, or nothing more comes: all calls are as whole as they will be. */
    end: (): Piece[] => (waiting.length === 0 ? [] : passOn(true)),
  }
}

/** A name begins a call, unless it is only said again with every part. */
const isAnother = (known: Call, id: string | null | undefined) => (id ? id !== known.id : isWhole(known.text))

function isWhole(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const newId = () => `call_${randomUUID().replaceAll('-', '')}`
