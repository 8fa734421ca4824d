import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TestScope } from '@tessera/testkit/test-scope'

/** One of the bench's own programs as a process that is spoken to by messages. It ends with the bench. */
export function startChild(t: TestScope, file: string, options: { args?: string[]; env?: Record<string, string> }) {
  const program = fileURLToPath(new URL(file, import.meta.url))
  const env = { PATH: process.env.PATH ?? '', ...options.env }
  const child = fork(program, options.args ?? [], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.after(() => void child.kill())
  return {
    pid: child.pid ?? 0,
    /** Its next message; fails when it ends instead. */
    answer: <T>() => nextMessage<T>(child, file),
    ask<T>(message: object): Promise<T> {
      const answer = nextMessage<T>(child, file)
      child.send(message)
      return answer
    },
  }
}

function nextMessage<T>(child: ChildProcess, file: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${file} ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as T)
    })
  })
}
