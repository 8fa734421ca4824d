/** Whether a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean

/** Runs `work` while holding the lock `directory`; waits for as long as its owner lives. `waiting` is called once if somebody else holds it. */
export function withLock<T>(
  directory: string,
  work: () => Promise<T>,
  waiting?: (pid: number | undefined) => void,
): Promise<T>
