export * from './prepare-installation.js';
