import { type Mutant, explanations, guarantee, policySets, rightAfter, worlds } from './mutant.ts'

const loadFacts = 'check/load-facts.ts'
const filter = 'check/reader-filter.ts'

/** Around the rules: who is covered, policies, the filter, who hears it, questions, revisions. */
export const serviceMutants: readonly Mutant[] = [
  // Whom a name covers.
  {
    name: 'guests are members',
    file: 'check/covering.ts',
    text: "where r.kind = 'user' and not r.guest",
    instead: "where r.kind = 'user'",
    killedBy: guarantee('public covers guests'),
  },
  {
    name: 'groups are walked one level deep',
    file: 'check/covering.ts',
    text: 'offset 0\n    ) m',
    instead: 'offset 0\n    ) m where c.name = c.reader',
    killedBy: guarantee('six groups'),
  },
  {
    name: 'a membership that ended still covers',
    file: 'check/covering.ts',
    text: "where m.workspace_id = ${workspaceId} and m.member = c.name and ${holds('m', asOf)}",
    instead: 'where m.workspace_id = ${workspaceId} and m.member = c.name',
    killedBy: guarantee('any depth'),
  },
  {
    name: 'a link that ended still covers',
    file: 'check/covering.ts',
    text: "and l.user_name = r.name and ${holds('l', asOf)}",
    instead: 'and l.user_name = r.name',
    killedBy: guarantee('only while a link says so'),
  },
  {
    name: 'the removal of a member is lost',
    file: 'groups/memberships.ts',
    text: '.set({ to_rev: change.revision })',
    instead: '.set({ to_rev: null })',
    killedBy: guarantee('any depth'),
  },
  {
    name: 'a deleted group keeps its members',
    file: 'groups/delete-group.ts',
    text: "where.or([where('container', '=', name), where('member', '=', name)])",
    instead: "where.and([where('container', '=', name), where('member', '=', name)])",
    killedBy: guarantee('becomes one'),
  },
  {
    name: 'the end of a long list is cut off',
    file: loadFacts,
    text: 'else array(select entry from unnest(${column}) entry where entry in (select name from covering)) end`',
    instead: 'else ${column}[1:50] end`',
    killedBy: guarantee('lists of any length'),
  },
  // Policies.
  {
    name: 'a policy that errs is skipped',
    file: 'policies/policy-judge.ts',
    text: "hits.map(({ policyId }) => policyId ?? 'evaluation-error')",
    instead: "hits.flatMap((hit) => ('error' in hit ? [] : [hit.policyId]))",
    killedBy: policySets,
  },
  {
    name: 'policies are remembered past the publishing of others',
    file: 'policies/policy-judge.ts',
    text: 'const name = `${workspaceId}/${version}`',
    instead: 'const name = `${workspaceId}`',
    killedBy: rightAfter('policies that are published'),
  },
  {
    name: 'guests and members share the results of policies',
    file: 'policies/engine/cache-keys.ts',
    text: 'mentions.guest && reader.guest,',
    instead: '',
    killedBy: policySets,
  },
  // The filter.
  {
    name: 'a filter outlives a membership',
    file: 'groups/memberships.ts',
    text: "change.touch({ readers: true })\n      await change.trx\n        .updateTable('memberships')",
    instead: "change.touch()\n      await change.trx\n        .updateTable('memberships')",
    killedBy: rightAfter('a membership given'),
  },
  {
    name: 'a filter outlives a clearance',
    file: 'labels/clearances.store.ts',
    text: 'if (changed.length > 0) change.touch({ readers: true })',
    instead: 'if (changed.length > 0) change.touch()',
    killedBy: rightAfter('a clearance given'),
  },
  {
    name: 'a filter outlives a policy',
    file: 'policies/policy-sets.store.ts',
    text: 'change.touch({ readers: true })\n  const { trx, workspaceId, revision } = change\n  const version = set.version',
    instead: 'change.touch()\n  const { trx, workspaceId, revision } = change\n  const version = set.version',
    killedBy: rightAfter('policies that are published'),
  },
  {
    name: 'a filter outlives an emergency',
    file: filter,
    text: 'and b.to_rev is null and b.ends_at > clock_timestamp())`',
    instead: 'and b.to_rev is null)`',
    killedBy: rightAfter('broken glass'),
  },
  {
    name: 'the filter asks for one gate of several',
    file: filter,
    text: 'not (g.gates || g.space) && (select gates from closed)',
    instead: 'not array[g.space] && (select gates from closed)',
    killedBy: guarantee('the filter names what covers the reader'),
  },
  {
    name: 'the filter forgets who else hears it',
    file: filter,
    text: "const hearing = readers.filter(({ state }) => state === 'active')",
    instead: "const hearing = readers.slice(0, 1).filter(({ state }) => state === 'active')",
    killedBy: rightAfter('somebody else hears it'),
  },
  {
    name: 'one filter is remembered for every audience',
    file: filter,
    text: 'JSON.stringify([workspaceId, subject, actors, audience, purpose])',
    instead: 'JSON.stringify([workspaceId, subject, actors, purpose])',
    killedBy: rightAfter('somebody else hears it'),
  },
  {
    name: 'one filter is remembered for every agent',
    file: filter,
    text: 'JSON.stringify([workspaceId, subject, actors, audience, purpose])',
    instead: 'JSON.stringify([workspaceId, subject, audience, purpose])',
    killedBy: rightAfter('an agent that comes between'),
  },
  // The audience.
  {
    name: 'of those who hear it only the caller decides',
    file: 'check/audience.ts',
    text: 'return [...(caller ? [caller] : []), ...others]',
    instead: 'return [...(caller ? [caller] : others)]',
    killedBy: rightAfter('somebody else hears it'),
  },
  // Questions.
  {
    name: 'a question forgets who acts',
    file: 'questions/decide-questions.ts',
    text: 'return { ...reader, actors: actors.map((actor): Actor => byName.get(actor) ?? { name: actor, facts: undefined }) }',
    instead: 'return { ...reader, actors: actors.flatMap((actor): Actor[] => byName.has(actor) ? [] : []) }',
    killedBy: explanations,
  },
  {
    name: 'an explanation goes by a way of its own',
    file: 'questions/decide-questions.ts',
    text: 'return decidePassage(reader, { document, passage, definitions, policies })',
    instead: 'return decideDocument(reader, document, policies)',
    killedBy: explanations,
  },
  // Revisions.
  {
    name: 'a revision that was not reached is answered for',
    file: 'check/refusal.ts',
    text: 'futureRevision(facts.revision, atLeast)',
    instead: 'undefined',
    killedBy: guarantee('a read that demands a revision'),
  },
  {
    name: 'a remembered filter answers for a revision that was not reached',
    file: filter,
    text: ' && (atLeast ?? 0) <= now.revision) {',
    instead: ') {',
    killedBy: guarantee('a read that demands a revision'),
  },
  {
    name: 'writers do not wait for each other',
    file: 'changes/writer.ts',
    text: '    .forUpdate()\n',
    instead: '',
    killedBy: { file: 'test/new-enemy.test.ts', tests: 'of two writers at once' },
  },
  // Only other questions, an index or the past tell.
  {
    name: 'whoever could read is listed as a reader',
    file: 'questions/list-readers.ts',
    text: '.filter(({ decision }) => decision.allowed))',
    instead: ')',
    killedBy: rightAfter('the list of readers'),
  },
  {
    name: 'who comes through a link is left out of the readers',
    file: 'questions/list-readers.ts',
    text: "where l.workspace_id = ${workspaceId} and ${holds('l', asOf)})",
    instead: 'where false)',
    killedBy: rightAfter('the list of readers'),
  },
  {
    name: "an index row of a labelled passage carries its document's signature",
    file: 'index/load-index-facts.ts',
    text: '  own.length === 0\n    ? signature',
    instead: '  own.length >= 0\n    ? signature',
    killedBy: worlds,
  },
  {
    name: 'the past is answered with the memberships of now',
    file: 'check/covering.ts',
    text: "and m.member = c.name and ${holds('m', asOf)}",
    instead: "and m.member = c.name and ${holds('m', undefined)}",
    killedBy: explanations,
  },
  {
    name: 'the past is answered with the policies of now',
    file: loadFacts,
    text: "coalesce((select v.version from policy_versions v where v.workspace_id = w.id and ${holds('v', asOf)}), 0)",
    instead: 'w.policy_version',
    killedBy: explanations,
  },
  {
    name: 'a stale data source is searched',
    file: filter,
    text: 'where g.workspace_id = ${workspace} and not ${isStale}',
    instead: 'where g.workspace_id = ${workspace}',
    killedBy: rightAfter('facts that become stale'),
  },
  {
    name: 'a filter outlives the freshness of its facts',
    file: filter,
    text: 's.freshness_ms is not null and ${isStale})',
    instead: 's.freshness_ms is null and ${isStale})',
    killedBy: rightAfter('facts that become stale'),
  },
  {
    name: 'broken glass of one who asks opens for all who hear',
    file: filter,
    text: 'covers && readers.length === 1 ?',
    instead: 'covers ?',
    killedBy: worlds,
  },
]
