/** Properties under mutation testing: the same values in every run, and no search for the smallest one that fails. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 20261125, numRuns: 50, endOnFailure: true });
