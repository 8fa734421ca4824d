import { Client } from 'pg'
import { timed } from './figures.ts'

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** What a durable commit takes by itself, time after time. */
export async function commitMs(databaseUrl: string, count: number): Promise<number[]> {
  return withClient(databaseUrl, async (client) => {
    await client.query('create table if not exists public.bench_commits (id int, text text)')
    const sample: number[] = []
    for (let index = 0; index < count; index++) {
      sample.push(
        (await timed(() => client.query('insert into public.bench_commits values ($1, $2)', [index, 'x'.repeat(500)])))
          .ms,
      )
    }
    return sample
  })
}
