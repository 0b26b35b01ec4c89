import { diagnosticar } from '../src/admin/diagnostico.ts';
import { cargarConfig } from '../src/config.ts';
import { crearContexto } from '../src/contexto.ts';

// node scripts/diagnostico_modulo.ts <nora> <modulo>: 0 si todo está bien, 1 si algo falla, 2 si faltan datos.
const [nora, modulo] = process.argv.slice(2);
if (!nora || !modulo) {
  process.stderr.write('Uso: node scripts/diagnostico_modulo.ts <nombre_nora> <modulo>\n');
  process.exit(2);
}
const ctx = await crearContexto({ ...cargarConfig(), nivelLog: 'warn' });
try {
  const revisiones = await diagnosticar(ctx, nora, modulo);
  for (const { titulo, bien, detalle } of revisiones)
    process.stdout.write(`${bien === null ? '  ' : bien ? 'ok' : 'NO'}  ${titulo}: ${detalle}\n`);
  process.exitCode = revisiones.some((r) => r.bien === false) ? 1 : 0;
} finally {
  await ctx.cerrar();
}
