/** Elasticsearch asked without Tessera: the floor of every row. */
export type Elastic = {
  send<T>(method: string, path: string, body?: unknown): Promise<T>
  /** The name of the one index of a cluster. */
  indexOf(prefix: string): Promise<string>
  remove(index: string): Promise<void>
}
export type Hits = { hits: { hits: { _id: string; fields?: Record<string, string[]> }[] } }

export function elasticAt(url: string): Elastic {
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const isLines = Array.isArray(body)
    const text = isLines ? `${body.map((line) => JSON.stringify(line)).join('\n')}\n` : JSON.stringify(body)
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { 'content-type': isLines ? 'application/x-ndjson' : 'application/json' },
      ...(body === undefined ? {} : { body: text }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.slice(0, 500)}`)
    return JSON.parse(answer) as T
  }
  return {
    send,
    async indexOf(prefix) {
      const [name, ...others] = Object.keys(await send<Record<string, unknown>>('GET', `${prefix}*`))
      if (name === undefined || others.length > 0) throw new Error(`There is not one index of ${prefix}`)
      return name
    },
    remove: async (index) => void (await send('DELETE', index)),
  }
}
