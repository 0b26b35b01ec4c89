import { revisarTokens } from '../src/ads/cuentas/tokens.ts';
import { cargarConfig } from '../src/config.ts';
import { crearContexto } from '../src/contexto.ts';

// node scripts/actualizar_tokens.ts: revisa y renueva todos los permisos de Meta, lo mismo que la tarea de la noche.
// Sale con 1 si alguno está muerto, recortado o no se pudo revisar.
const ctx = await crearContexto({ ...cargarConfig(), nivelLog: 'warn' });
try {
  const hechos = await revisarTokens(ctx);
  for (const r of hechos)
    process.stdout.write(
      `${r.falla || ['vencida', 'sin_permiso'].includes(r.estado) ? 'NO' : 'ok'}  ${r.nora} · ${r.cuenta}: ${r.estado}${r.renovado ? ', renovado' : ''}${r.falla ? ` (${r.falla})` : ''}\n`,
    );
  process.stdout.write(
    `${hechos.length} ${hechos.length === 1 ? 'permiso revisado' : 'permisos revisados'}\n`,
  );
  process.exitCode = hechos.some((r) => r.falla || ['vencida', 'sin_permiso'].includes(r.estado)) ? 1 : 0;
} finally {
  await ctx.cerrar();
}
