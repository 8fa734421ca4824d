import type { World } from './world.ts'

/** Sixteen policies over labels, spaces, data sources, guests, groups, agents and clearances; `remark` tells one text from the next. */
export function policiesOf({ spaces, dataSources, groups }: World, remark = ''): string {
  const uid = (type: string, id: string | undefined) => `${type}::${JSON.stringify(id)}`
  const read = [
    ['guests-out-of-space', `principal.guest && resource.space == ${uid('Space', spaces[0])}`],
    ['guests-out-of-source', `principal.guest && resource.dataSource == ${uid('DataSource', dataSources[3])}`],
    ['guests-no-secret', 'principal.guest && resource.labels.contains("secret")'],
    ['guests-no-legal', 'principal.guest && resource.labels.contains("legal")'],
    ['services-no-secret', 'principal is ServiceAccount && resource.labels.contains("secret")'],
    ['legal-for-cleared', 'resource.labels.contains("legal") && !principal.clearances.contains("legal")'],
    [
      'group-out-of-source',
      `principal in ${uid('Group', groups[60])} && resource.dataSource == ${uid('DataSource', dataSources[1])}`,
    ],
    ['group-no-secret', `principal in ${uid('Group', groups[90])} && resource.labels.contains("secret")`],
    [
      'agents-no-secret',
      'context.agents.contains("agent:agt_0bench0bench0bench0bench00") && resource.labels.contains("secret")',
    ],
    [
      'secret-stays-in-space',
      `resource.space == ${uid('Space', spaces[4])} && resource.labels.contains("secret") && !principal.clearances.contains("board")`,
    ],
  ]
  const use = [
    ['use-guests-no-salary', 'principal.guest && resource.labels.contains("salary")'],
    ['use-guests-no-secret', 'principal.guest && resource.labels.contains("secret")'],
    ['use-two-labels', 'resource.labels.containsAll(["salary", "legal"]) && !principal.clearances.contains("board")'],
    ['use-marketing', 'context has purpose && context.purpose == "marketing" && resource.labels.contains("salary")'],
    ['use-group-no-legal', `principal in ${uid('Group', groups[120])} && resource.labels.contains("legal")`],
    [
      'use-agents-no-salary',
      'context.agents.contains("agent:agt_0bench0bench0bench0bench00") && resource.labels.contains("salary")',
    ],
  ]
  const write =
    (action: string) =>
    ([id, condition]: string[]) =>
      `@id("${id}") forbid(principal, action == Action::"${action}", resource) when { ${condition} };`
  return [`// ${remark}`, ...read.map(write('read')), ...use.map(write('use'))].join('\n')
}
