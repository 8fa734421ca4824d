import type { Fault } from './fault.ts'

/** What an operation comes back with: a value, or an expected failure from its closed list. Bugs and outages throw instead. */
export type Result<T, F extends Fault = Fault> = { readonly ok: true; readonly value: T } | Failure<F>

export type Failure<F extends Fault = Fault> = { readonly ok: false; readonly fault: F }

export function ok(): { readonly ok: true; readonly value: undefined }
export function ok<T>(value: T): { readonly ok: true; readonly value: T }
export function ok<T>(value?: T) {
  return { ok: true, value } as const
}

export function fail<F extends Fault>(fault: F): Failure<F> {
  return { ok: false, fault }
}
