/* Las reglas se refrescan igual que los bloques cuando otra persona cambia algo. */
export { default } from './conocimiento_vivo.js';
