import { listarCuentasActivas } from '../src/ads/sincronizar/consultas.ts';
import { sincronizarCuenta } from '../src/ads/sincronizar/sincronizar.ts';
import { cargarConfig } from '../src/config.ts';
import { crearContexto } from '../src/contexto.ts';

// node scripts/sincronizador_semanal.ts [nombre_nora [act_…]]: trae ya las cuentas de Meta de todas las noras, de una, o
// una sola cuenta. Lo mismo que la tarea de cada hora, sin esperar a que toque. Sale con 1 si alguna falla, con 2 si no hay
// ninguna que traer.
const [nora = null, act = null] = process.argv.slice(2);
const ctx = await crearContexto({ ...cargarConfig(), nivelLog: 'warn' });
try {
  let hechas = 0;
  let fallas = 0;
  for await (const c of listarCuentasActivas(ctx.bd.servicio, nora, act)) {
    hechas++;
    const r = await sincronizarCuenta(ctx, {
      nombre_nora: c.nombre_nora,
      cuenta_id: c.id,
      pedida: 'guion',
    });
    const texto =
      r === null
        ? 'otra vuelta ya la lleva'
        : r.estado === 'hecha'
          ? `${r.renglones} renglones`
          : r.estado === 'espera'
            ? `Meta pidió esperar hasta ${r.reanudar.toISOString()}`
            : r.motivo;
    if (r?.estado !== 'hecha') fallas++;
    process.stdout.write(
      `${r?.estado === 'hecha' ? 'ok' : 'NO'}  ${c.nombre_nora} · ${c.nombre}: ${texto}\n`,
    );
  }
  if (hechas === 0) process.stderr.write('No hay cuentas de Meta conectadas con esos datos.\n');
  process.exitCode = hechas === 0 ? 2 : fallas > 0 ? 1 : 0;
} finally {
  await ctx.cerrar();
}
