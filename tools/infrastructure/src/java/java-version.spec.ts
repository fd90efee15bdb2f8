import { describe, expect, it } from '@jest/globals';
import { parseJavaVersion } from './java-version.js';

describe('parseJavaVersion', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)', { major: 17, full: '17.0.15' }],
    ['openjdk version "25" 2025-09-16', { major: 25, full: '25' }],
    ['java version "1.8.0_392"', { major: 8, full: '1.8.0_392' }],
    ['Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version "21.0.8" 2025-07-15 LTS', { major: 21, full: '21.0.8' }],
    ['openjdk version "24-ea" 2025-03-18', { major: 24, full: '24-ea' }],
  ])('reads %j', (output, expected) => {
    expect(parseJavaVersion(output)).toEqual(expected);
  });

  it.each(['', 'The operation could not be completed. Unable to locate a Java Runtime.', 'version "unknown"'])(
    'finds no runtime in %j',
    (output) => {
      expect(parseJavaVersion(output)).toBeUndefined();
    },
  );
});
