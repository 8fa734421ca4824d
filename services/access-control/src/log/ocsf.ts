import { canonicalJson, type Json } from './canonical-json.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import { documentsOf, type LogRow } from './row.ts'

/** OCSF 1.6, API Activity: its required members are activity, actor, api, category, class, metadata, severity, source, time, type. */
const version = '1.6.0'
const API_ACTIVITY = 6003
const APPLICATION_ACTIVITY = 6
const INFORMATIONAL = 1
const CREATE = 1
const READ = 2
const UPDATE = 3
const DELETE = 4
const OTHER = 99

/** One row as a line of an export: OCSF for whoever collects such lines, with the row itself, as it was hashed, under `unmapped.tessera`. */
export const rowLine = (row: LogRow, hash: string): string => canonicalJson(rowEvent(row, hash))

/** A checkpoint as a line of an export. It follows the last row that it covers. */
export const checkpointLine = (checkpoint: SignedCheckpoint): string => canonicalJson(checkpointEvent(checkpoint))

function rowEvent(row: LogRow, hash: string): Json {
  const { workspace, sequence, id, at, kind, body } = row
  const documents = documentsOf(body)
  return {
    ...event(activityOf(kind, body.operation), at),
    metadata: { ...metadata(workspace), uid: id, sequence, event_code: kind },
    actor: { user: { uid: body.subject } },
    api: { operation: body.operation, service: { name: 'access-control' } },
    message: `${body.operation}: ${documents.filter(({ decision }) => decision === 'allowed').length} of ${documents.length} documents allowed`,
    resources: documents.map(({ document }) => ({ uid: document, type: 'document' })),
    unmapped: { tessera: { row, hash } },
  }
}

const checkpointEvent = (checkpoint: SignedCheckpoint): Json => ({
  ...event(OTHER, checkpoint.at),
  metadata: { ...metadata(checkpoint.workspace), sequence: checkpoint.sequence, event_code: 'checkpoint' },
  actor: { app_name: 'Tessera' },
  api: { operation: 'checkpoint', service: { name: 'access-control' } },
  message: `checkpoint of ${checkpoint.sequence} rows`,
  unmapped: { tessera: { checkpoint } },
})

const event = (activity: number, at: string) => ({
  activity_id: activity,
  category_uid: APPLICATION_ACTIVITY,
  class_uid: API_ACTIVITY,
  type_uid: API_ACTIVITY * 100 + activity,
  time: Date.parse(at),
  severity_id: INFORMATIONAL,
  src_endpoint: { svc_name: 'tessera' },
})

const metadata = (workspace: string) => ({
  version,
  product: { name: 'Tessera', vendor_name: 'Tessera' },
  log_name: 'decision-log',
  tenant_uid: workspace,
})

const changes = new Set(['change', 'grant', 'policy', 'key', 'role', 'restore', 'key-rotation'])

function activityOf(kind: string, operation: string): number {
  if (!changes.has(kind)) return READ
  if (operation.startsWith('create')) return CREATE
  if (/^(delete|remove|revoke)/.test(operation)) return DELETE
  return /^(put|add|update|set|link|unlink)/.test(operation) ? UPDATE : OTHER
}
