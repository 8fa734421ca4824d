import { isCheckpoint } from '../checkpoint-sink.ts'
import type { SignedCheckpoint, SignedRotation } from '../checkpoint.ts'
import { checkpointLine, rowLine } from '../ocsf.ts'
import { type LogRow, rowHash } from '../row.ts'

/** A line of an export, read. `intact` is false where anything in it differs from what its row or checkpoint gives. */
export type ExportLine =
  | { kind: 'row'; row: LogRow; statedHash: string; hash: string; intact: boolean }
  | { kind: 'checkpoint'; checkpoint: SignedCheckpoint; intact: boolean }
  | { kind: 'unreadable' }

/** Compares whole lines, byte by byte: what nobody checks, somebody edits. */
export function readLine(line: string): ExportLine {
  const { row, hash: statedHash, checkpoint } = tesseraOf(line)
  if (isRow(row) && typeof statedHash === 'string') {
    const hash = attempt(() => rowHash(row)) ?? ''
    return { kind: 'row', row, statedHash, hash, intact: attempt(() => rowLine(row, statedHash)) === line }
  }
  if (isCheckpoint(checkpoint)) {
    return { kind: 'checkpoint', checkpoint, intact: attempt(() => checkpointLine(checkpoint)) === line }
  }
  return { kind: 'unreadable' }
}

/** The rotation that a row carries. */
export function rotationOf(row: LogRow): SignedRotation | undefined {
  const { workspace, at, oldKey, newKey, oldSignature, newSignature } = (row.body.details ?? {}) as Partial<
    Record<keyof SignedRotation, unknown>
  >
  const members = [workspace, at, oldKey, newKey, oldSignature, newSignature]
  return row.kind === 'key-rotation' && row.workspace === workspace && members.every(isText)
    ? ({ workspace, at, oldKey, newKey, oldSignature, newSignature } as SignedRotation)
    : undefined
}

type Tessera = { row?: unknown; hash?: unknown; checkpoint?: unknown }

function tesseraOf(line: string): Tessera {
  const parsed = attempt(() => JSON.parse(line) as { unmapped?: { tessera?: Tessera } | null } | null)
  const tessera = parsed?.unmapped?.tessera
  return typeof tessera === 'object' && tessera !== null ? tessera : {}
}

function isRow(value: unknown): value is LogRow {
  if (typeof value !== 'object' || value === null) return false
  const { workspace, sequence, id, at, kind, body, previousHash } = value as Partial<LogRow>
  return (
    [workspace, id, at, kind, previousHash].every(isText) &&
    Number.isSafeInteger(sequence) &&
    typeof body === 'object' &&
    body !== null &&
    isText(body.operation) &&
    (body.outcomes === undefined || Array.isArray(body.outcomes))
  )
}

const isText = (value: unknown) => typeof value === 'string'

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
