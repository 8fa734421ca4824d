/** What every `create<Service>(deps)` returns: all that a process needs to run it beside others. */
export type Service = {
  /** Names of what it waits for that is not there (`database`, `search`, …); empty when it can serve. */
  notReady(): Promise<readonly string[]>
  /** Stops its workers and lets go of what it holds. The bus and the database are closed by whoever made them. */
  close(): Promise<void>
}
