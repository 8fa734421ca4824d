/** For an event that a test does not look at. */
export const ignore = async (): Promise<void> => undefined
