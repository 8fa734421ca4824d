import { hash, randomUUID } from 'node:crypto'
import { prepared } from '@tessera/shared/database/prepared'
import { type Clock, systemClock } from '@tessera/shared/time/clock'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { Lru } from '../lru.ts'

/** Letters of base64url: 21 bytes. */
const ALIAS_LENGTH = 28
const CACHED_NAMES = 20_000
const CACHED_FOR_MS = 60_000
/** About two hundred bytes each. */
const HASHED_IDS = 50_000

export const isAlias = (text: string): boolean => /^[\w-]{28}$/.test(text)

/**
 * What stands in the log for a name or an id: nobody can tell whose it is without the salt, and whoever has it can prove that it is theirs. The salt is a
 * random UUID. The index `documents_log_alias` is over the same hash.
 */
export const aliasOf = (salt: string, name: string): string =>
  hash('sha256', `${salt} ${name}`, 'base64url').slice(0, ALIAS_LENGTH)

export type Aliases = {
  /**
   * The aliases of these principals, sources and agents. A name that is mentioned for the first time is given a salt. `remember` is false inside a transaction:
   * what it wrote may still be rolled back.
   */
  ofNames(
    db: Kysely<AccessTables>,
    workspaceId: string,
    names: readonly string[],
    options?: { remember: boolean },
  ): Promise<ReadonlyMap<string, string>>
  /** `aliasOf`, remembered: a check of fifty passages needs a hundred of them, mostly the same ones as the last. */
  ofId(salt: string, id: string): string
  /** The salt for what has none of its own: ids that are unknown here, and what a change was asked to do. */
  workspaceSalt(db: Kysely<AccessTables>, workspaceId: string): Promise<string>
  /** The salts of these documents, deleted ones as well. Those that are unknown, or were erased, have none. */
  documentSalts(
    db: Kysely<AccessTables>,
    workspaceId: string,
    documentIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>>
}

/** Remembers names for a minute, so that one which was erased does not go on under its old alias for long. */
export function createAliases(clock: Clock = systemClock): Aliases {
  const known = new Map<string, { alias: string; untilMs: number }>()
  const salts = new Map<string, string>()
  const hashed = new Lru<string>(HASHED_IDS)

  const recall = (key: string) => {
    const entry = known.get(key)
    return entry && entry.untilMs > clock.nowMs() ? entry.alias : undefined
  }
  const remember = (key: string, alias: string) => {
    if (known.size >= CACHED_NAMES) known.clear()
    known.set(key, { alias, untilMs: clock.nowMs() + CACHED_FOR_MS })
  }

  return {
    async ofNames(db, workspaceId, names, options = { remember: true }) {
      const found = new Map<string, string>()
      const keyOf = (name: string) => `${workspaceId} ${name}`
      for (const name of names) {
        const alias = recall(keyOf(name))
        if (alias !== undefined) found.set(name, alias)
      }
      const missing = () => [...new Set(names.filter((name) => !found.has(name)))]
      const look = async (mayRemember: boolean) => {
        for (const { name, alias } of await findAliases(db, workspaceId, missing())) {
          found.set(name, alias)
          if (mayRemember) remember(keyOf(name), alias)
        }
      }
      if (missing().length > 0) await look(options.remember)
      if (missing().length > 0) {
        await insertAliases(db, workspaceId, missing())
        await look(options.remember)
      }
      return found
    },
    ofId(salt, id) {
      const key = `${salt} ${id}`
      const known = hashed.get(key)
      if (known !== undefined) return known
      const alias = aliasOf(salt, id)
      hashed.set(key, alias)
      return alias
    },
    async workspaceSalt(db, workspaceId) {
      const salt = salts.get(workspaceId) ?? (await findOrMakeHead(db, workspaceId))
      // A head that this transaction made is gone if it is rolled back, and the next has another salt.
      if (!db.isTransaction) salts.set(workspaceId, salt)
      return salt
    },
    async documentSalts(db, workspaceId, documentIds) {
      if (documentIds.length === 0) return new Map()
      const rows = await db
        .selectFrom('documents')
        .select(['document_id', 'log_salt'])
        .where('workspace_id', '=', workspaceId)
        .where((where) => where('document_id', '=', where.fn.any(where.val([...documentIds]))))
        .modifyEnd(prepared)
        .execute()
      return new Map(rows.flatMap(({ document_id, log_salt }) => (log_salt ? [[document_id, log_salt] as const] : [])))
    },
  }
}

const findAliases = (db: Kysely<AccessTables>, workspaceId: string, names: readonly string[]) =>
  db
    .selectFrom('log_aliases')
    .select(['name', 'alias'])
    .where('workspace_id', '=', workspaceId)
    .where((where) => where('name', '=', where.fn.any(where.val([...names]))))
    .modifyEnd(prepared)
    .execute()

async function insertAliases(db: Kysely<AccessTables>, workspaceId: string, names: readonly string[]): Promise<void> {
  const rows = names.map((name) => {
    const salt = randomUUID()
    return { workspace_id: workspaceId, name, salt, alias: aliasOf(salt, name) }
  })
  await db
    .insertInto('log_aliases')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'name']).doNothing())
    .execute()
}

async function findOrMakeHead(db: Kysely<AccessTables>, workspaceId: string): Promise<string> {
  const find = () =>
    db
      .selectFrom('log_heads')
      .select('salt')
      .where('workspace_id', '=', workspaceId)
      .modifyEnd(prepared)
      .executeTakeFirst()
  const found = await find()
  if (found) return found.salt
  await makeHead(db, workspaceId)
  return (await find())?.salt ?? ''
}

export const makeHead = (db: Kysely<AccessTables>, workspaceId: string) =>
  sql`insert into log_heads (workspace_id) values (${workspaceId}) on conflict do nothing`.execute(db)
