import { timed } from '../figures.ts'
import { policiesOf } from './policies.ts'
import { type Servers, value } from './servers.ts'
import type { Line, World } from './world.ts'

type Report = { lines: number; written: number; errors: { line: number; field: string; rule: string }[] }

/** Imports lines by one request to the gateway, and says how long it took. Every line must be written. */
export async function importLines({ gatewayUrl, token }: Servers, lines: readonly Line[]): Promise<number> {
  const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/x-ndjson' }
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const { ms } = await timed(async () => {
    const response = await fetch(`${gatewayUrl}/v1/access/import`, { method: 'POST', headers, body })
    const report = (await response.json()) as Report
    if (!response.ok || report.written !== lines.length) {
      throw new Error(`Import: ${response.status} ${JSON.stringify(report).slice(0, 1000)}`)
    }
  })
  return ms
}

/** Publishes the sixteen policies; a new `remark` makes a set that the engine has not seen. Milliseconds until it is in force. */
export async function publishPolicies({ access, asAdmin }: Servers, world: World, remark = ''): Promise<number> {
  const draft = value(await access.createPolicySet({ title: 'Bench', text: policiesOf(world, remark) }, asAdmin()))
  return (await timed(async () => value(await access.publishPolicySet({ id: draft.policySet.id }, asAdmin())))).ms
}

/** What autovacuum does within minutes of such a change. */
export const settle = ({ db }: Servers) => db.query('vacuum (analyze)')
