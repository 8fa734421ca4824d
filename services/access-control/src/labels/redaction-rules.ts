import type { RedactionRule } from '@tessera/shared/contracts/access-control/labels'
import type { FieldError } from '@tessera/shared/fault/fault'
import { newId } from '@tessera/shared/ids/ids'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Selectable } from 'kysely'
import { RE2JS } from 're2js'
import { readAs, readAt } from '../changes/read-at.ts'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import { invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'
import { unstorableTexts } from '../sources/unstorable-texts.ts'
import { mayAdmin, systemFault } from '../people/may.ts'

const columns = ['id', 'title', 'pattern', 'detector', 'label', 'kind'] as const

/** A rule as it is told: of pattern and detector the one that it has. */
const shown = ({ pattern, detector, ...rule }: Row) => ({
  ...rule,
  ...(pattern === null ? {} : { pattern }),
  ...(detector === null ? {} : { detector }),
})
type Row = Pick<Selectable<AccessTables['redaction_rules']>, (typeof columns)[number]>

export const listRedactionRules: Make<'listRedactionRules'> = ({ db }) =>
  async function listRedactionRules({ cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('redaction_rules')
        .select(columns)
        .where('workspace_id', '=', workspaceId)
        .where('to_rev', 'is', null)
        .orderBy('id')
        .limit(limit + 1)
      if (after.value?.[0] !== undefined) query = query.where('id', '>', after.value[0])
      const page = pageOf(await query.execute(), limit, ({ id }) => [id], shown)
      return ok({ ...page, revision })
    })
  }

export const createRedactionRule: Make<'createRedactionRule'> = ({ write }) =>
  async function createRedactionRule({ idempotencyKey: key, ...input }, call) {
    const errors = [...unstorableTexts(input), ...brokenRule(input)]
    if (errors.length > 0) return fail(invalid(errors))
    // A passage is shown masked once every one of its labels marks something in it: a rule that marks next to nothing would open what its label hides.
    return write(call, { operation: 'createRedactionRule', input, key, sensitive: true }, mayAdmin, async (change) => {
      const { title, pattern = null, detector = null, label, kind } = input
      const rule = { id: newId('rul'), title, pattern, detector, label, kind }
      await raiseRuleVersion(change)
      await change.trx
        .insertInto('redaction_rules')
        .values({ workspace_id: change.workspaceId, ...rule, from_rev: change.revision, to_rev: null })
        .execute()
      return ok({ rule: shown(rule) })
    })
  }

export const deleteRedactionRule: Make<'deleteRedactionRule'> = ({ write }) =>
  async function deleteRedactionRule({ id }, call) {
    return write(
      call,
      { operation: 'deleteRedactionRule', input: { id }, sensitive: true },
      mayAdmin,
      async (change) => {
        const ended = await change.trx
          .updateTable('redaction_rules')
          .set({ to_rev: change.revision })
          .where('workspace_id', '=', change.workspaceId)
          .where('id', '=', id)
          .where('to_rev', 'is', null)
          .returning('id')
          .executeTakeFirst()
        if (!ended) return fail(unknown('redaction rule'))
        await raiseRuleVersion(change)
        return ok({})
      },
    )
  }

/** All of them, for whoever makes passages. */
export const redactionRules: Make<'redactionRules'> = ({ db }) =>
  async function redactionRules(_, call) {
    const refusal = systemFault(call, 'retrieval')
    if (refusal) return fail(refusal)
    const { workspaceId } = call.caller
    return readAt(db, workspaceId, async (trx, revision) => {
      const rules = await trx
        .selectFrom('redaction_rules')
        .select(columns)
        .where('workspace_id', '=', workspaceId)
        .where('to_rev', 'is', null)
        .orderBy('id')
        .execute()
      const { rule_version: ruleVersion } = await trx
        .selectFrom('workspaces')
        .select('rule_version')
        .where('id', '=', workspaceId)
        .executeTakeFirstOrThrow()
      return ok({ rules: rules.map(shown), ruleVersion, revision })
    })
  }

/** Passages that were made by other rules are gone through again when they see it. */
async function raiseRuleVersion(change: Change): Promise<void> {
  change.touch()
  await change.trx
    .updateTable('workspaces')
    .set((set) => ({ rule_version: set('rule_version', '+', 1) }))
    .where('id', '=', change.workspaceId)
    .execute()
}

function brokenRule({ pattern, detector }: Pick<RedactionRule, 'pattern' | 'detector'>): FieldError[] {
  if ((pattern === undefined) === (detector === undefined)) {
    return [
      { field: '/pattern', rule: 'must be there, or a detector, and not both' },
      { field: '/detector', rule: 'must be there, or a pattern, and not both' },
    ]
  }
  const broken = pattern === undefined ? undefined : brokenPattern(pattern)
  return broken === undefined ? [] : [{ field: '/pattern', rule: broken }]
}

/** Why a pattern can't be a rule; undefined for one that can. Compiled as it will be matched: in every line, letters of any case alike. */
function brokenPattern(pattern: string): string | undefined {
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.MULTILINE | RE2JS.CASE_INSENSITIVE)
    return compiled.matcher('').find() ? 'must not match the empty text' : undefined
  } catch (error) {
    return `must be a pattern in RE2 syntax: ${error instanceof Error ? error.message : 'it is none'}`
  }
}
