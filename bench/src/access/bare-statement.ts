import pg from 'pg'

/**
 * The floor of a check, as a process of its own: one plain statement that walks the reader's groups and compares the lists of the documents, through `pg`, planned
 * once per connection and held to one index probe per name and document. No labels, no policies, no layers, no states, no bus, no log.
 */
const [url = '', workspaceId = ''] = process.argv.slice(2)
const connections = 10
const pool = new pg.Pool({ connectionString: url, max: connections, options: '-c search_path=access' })

const text = `
  with recursive covering(name) as (
    select s.name from (values ($2), ('public'), ('workspace:members')) s(name)
    union
    select m.container from covering c cross join lateral (
      select m.container from memberships m where m.workspace_id = $1 and m.member = c.name and m.to_rev is null offset 0
    ) m
  ), names as (select array_agg(name) as names from covering)
  select a.document_id from unnest($3::text[]) a(document_id) cross join names n cross join lateral (
    select f.allow, f.deny, f.gates from document_facts f
    where f.workspace_id = $1 and f.document_id = a.document_id and f.layer = 'source' and f.to_rev is null offset 0
  ) f where f.allow && n.names and not f.deny && n.names and f.gates <@ n.names`

type Question = { reader: string; documentIds: string[] }
type Message = { questions: Question[] } | { count: number; width: number }
let questions: Question[] = []
let asked = 0

process.on('message', (message: Message) => {
  if ('questions' in message) {
    questions = message.questions
    process.send?.({ ready: true })
  } else void run(message.count, message.width).then((ms) => process.send?.({ ms }))
})
process.on('disconnect', () => process.exit())

async function run(count: number, width: number): Promise<number[]> {
  const sample: number[] = []
  let left = count
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) {
        const { reader = '', documentIds = [] } = questions[asked++ % questions.length] ?? {}
        const start = performance.now()
        await pool.query({ name: 'bare', text, values: [workspaceId, reader, documentIds] })
        sample.push(performance.now() - start)
      }
    }),
  )
  return sample
}
