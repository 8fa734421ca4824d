import { parseArgs } from 'node:util'
import { askCommand } from './ask-command.ts'

const usage = `npm run ask -- --as PERSON "QUESTION": asks the running Tessera and streams the answer

  --as PERSON      who asks: ana, ben, chloe, or another of samples/handbook/people.json (ana)
  --agent HANDLE   which agent (handbook)
  --data-dir DIR   the data directory of the running process (.tessera)`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    as: { type: 'string', default: 'ana' },
    agent: { type: 'string', default: 'handbook' },
    'data-dir': { type: 'string', default: process.env.TESSERA_DATA_DIR ?? '.tessera' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const question = positionals.join(' ').trim()
if (values.help || question === '') {
  console.log(usage)
  process.exitCode = values.help ? 0 : 2
} else {
  await askCommand({
    person: values.as,
    agent: values.agent,
    dataDir: values['data-dir'],
    question,
    out: process.stdout,
  }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
