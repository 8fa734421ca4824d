import type { FaultCatalogue } from './fault.ts'

type Catalogue = Pick<FaultCatalogue, 'service' | 'definitions'>

/** The text of docs/faults.md. A code that two catalogues define is an error. */
export function faultsDocument(catalogues: readonly Catalogue[]): string {
  const codes = catalogues.flatMap(({ service, definitions }) =>
    Object.keys(definitions).map((name) => `${service}.${name}`),
  )
  const repeated = codes.filter((code, index) => codes.indexOf(code) !== index)
  if (repeated.length > 0) throw new Error(`Defined more than once: ${repeated.join(', ')}`)
  const sections = catalogues
    .toSorted((a, b) => a.service.localeCompare(b.service))
    .map(({ service, definitions }) => {
      const rows = Object.entries(definitions).map(
        ([name, { status, title, remedy }]) =>
          `| <a id="${service}.${name}"></a>\`${service}.${name}\` | ${status} | ${title} | ${remedy} |`,
      )
      return [
        `## ${service}`,
        '',
        '| code | HTTP status | meaning | what a caller can do |',
        '| --- | --- | --- | --- |',
        ...rows,
      ].join('\n')
    })
  return `${introduction}\n${sections.join('\n\n')}\n`
}

const introduction = `# Faults

Every expected failure has a code from this closed list. Programs switch on the code, never on a text. Over HTTP it is the \`code\` of an
RFC 9457 problem document; on the bus it is the fault of a result. More codes may come; treat an unknown one by its HTTP status.

Generated from every \`defineFaults\` by \`node scripts/generate.ts\`; a test fails when it is stale. Do not edit.
`
