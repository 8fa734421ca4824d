import type { Citation, RunEvent } from '@tessera/shared/contracts/agents'
import { type Api, createApi } from './api.ts'
import { createDevelopmentIssuer } from './development-issuer.ts'
import { openInstallation } from './installation.ts'
import { findAddress } from './running.ts'
import { sampleAdmin, samplePeople } from './sample.ts'

type Out = { write(text: string): unknown }

/** Asks a running Tessera as one of the sample's people, and writes the answer as it comes. */
export async function askCommand(options: {
  person: string
  agent: string
  dataDir: string
  question: string
  out: Out
}) {
  const url = findAddress(options.dataDir)
  if (!url) throw new Error('Tessera is not running here. Start it in another terminal: npm start')
  const person = [...samplePeople(), sampleAdmin].find(({ id }) => id === options.person)
  if (!person) throw new Error(`There is nobody called ${options.person} in the sample. Try ana, ben or chloe.`)
  const issuer = await createDevelopmentIssuer((await openInstallation(options.dataDir)).issuerKey)
  const api = createApi(url, await issuer.tokenFor(person.id, person.name))
  await streamAnswer(api, options.agent, options.question, options.out)
}

/** Opens a conversation, asks, and writes text and citations to `out`. Throws when the run does not complete. */
export async function streamAnswer(api: Api, agent: string, question: string, out: Out): Promise<readonly Citation[]> {
  const conversation = await api.send<{ id: string }>('POST', '/v1/conversations', { agent })
  for await (const { data } of api.stream(`/v1/conversations/${conversation.id}/messages`, { text: question })) {
    const event = data as RunEvent
    switch (event.type) {
      case 'text.delta':
        out.write(event.text)
        break
      case 'step.restarted':
        out.write('\n… (the answer begins again)\n')
        break
      case 'run.completed':
        out.write(`\n\n${citationLines(event.citations)}`)
        return event.citations
      case 'run.failed':
        throw new Error(`The run failed: ${event.fault.code}: ${event.fault.detail}`)
      case 'run.cancelled':
        throw new Error(`The run was cancelled: ${event.reason}`)
      case 'run.expired':
        throw new Error('The run took too long and was ended.')
      case 'run.started':
      case 'passages.found':
      case 'citation.added':
    }
  }
  throw new Error('The stream was cut before the answer ended.')
}

function citationLines(citations: readonly Citation[]): string {
  const titles = new Map(citations.map((citation) => [citation.marker, citation.title]))
  if (titles.size === 0) return '  (no citations)\n'
  return [...titles].map(([marker, title]) => `  ${marker} ${title}\n`).join('')
}
