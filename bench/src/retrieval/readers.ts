import { newId } from '@tessera/shared/ids/ids'
import type { BenchInstallation } from '../installation.ts'

/** Names of groups that pages are given to. Every reader is in all of them, and in so many others. */
export const groupName = (index: number) => `group:grp_bench${index}`
export const groupsOfPages = 45

/** People who are in as many groups, by how many names cover them. */
export async function importReaders(at: BenchInstallation, counts: readonly number[]): Promise<Map<number, string>> {
  const most = Math.max(...counts)
  const readers = new Map(counts.map((count) => [count, `user:${newId('usr')}`]))
  const lines = [
    ...Array.from({ length: most }, (_, index) => ({ type: 'group', name: groupName(index), title: `Group ${index}` })),
    ...[...readers].map(([count, name]) => ({
      ...{ type: 'user', name, issuer: at.provider.issuer, subject: `reader-${count}`, displayName: `${count}` },
    })),
    ...[...readers].flatMap(([count, member]) =>
      Array.from({ length: count }, (_, index) => ({ type: 'membership', container: groupName(index), member })),
    ),
  ]
  const response = await fetch(`${at.cluster.url}/v1/access/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await at.token()}`, 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  })
  const report = (await response.json()) as { written?: number }
  if (report.written !== lines.length) throw new Error(`Import: ${JSON.stringify(report).slice(0, 500)}`)
  return readers
}
