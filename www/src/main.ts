/** The page's first line: styles, then the app into its place. */
import { mount } from 'svelte';
import App from './App.svelte';
import './style.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');

mount(App, { target });
