/** Closes a jest run with one plain line that any CI can read, after everything else: "N passed, N failed". */
export default class CountingReporter {
  onRunComplete(_contexts, results) {
    // A suite that could not run at all counts as a failure, or a broken import would look like success.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.once('exit', () => process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed\n`));
  }
}
