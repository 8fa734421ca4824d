import { createDatabase } from '@tessera/shared/database/database'
import { database } from '@tessera/testkit/database'
import type { TestScope } from '@tessera/testkit/test-scope'
import type { AccessTables } from '../../src/database.ts'
import { migrateAccessControl } from '../../src/migrations.ts'
import { askableContent } from '../questions.ts'
import { serveAccessControl } from '../start-access-control.ts'

/**
 * Two processes' worth of access control on one database: each has connections, caches and a bus of its own. What one announces never reaches the other, as
 * if its consumer were paused for good.
 */
export async function startReplicas(t: TestScope) {
  const { url, schema } = await database(t, 'access')
  const connect = () => {
    const db = createDatabase<AccessTables>({ url, schema })
    t.after(() => db.destroy())
    return db
  }
  const [one, other] = [connect(), connect()]
  await migrateAccessControl(one, schema)
  const first = { db: one, schema, ...(await serveAccessControl(t, one)) }
  const second = { db: other, schema, ...(await serveAccessControl(t, other)) }
  return [first, second] as const
}
export type Replicas = Awaited<ReturnType<typeof startReplicas>>

/** A workspace with content, made through the first replica; `as` calls either. */
export async function shared(replicas: Replicas) {
  const content = await askableContent(replicas[0])
  const { workspaceId, admin } = content.workspace
  const as = (replica: number, subject: string, actors: string[] = []) =>
    (replicas[replica] ?? replicas[0]).callFor(workspaceId, subject, actors)
  return {
    ...content,
    as,
    on: (replica: number) => replicas[replica] ?? replicas[0],
    asAdmin: (replica: number) => as(replica, admin),
  }
}
export type Shared = Awaited<ReturnType<typeof shared>>
