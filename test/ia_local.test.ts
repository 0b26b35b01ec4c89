import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONOCIMIENTO_AURA } from '../src/demo/aura_conocimiento.ts';
import { CONOCIMIENTO_FERRETERIA } from '../src/demo/ferreteria_conocimiento.ts';
import type { Bloque } from '../src/ia/conocimiento.ts';
import type { EntradaIA } from '../src/ia/contexto_ia.ts';
import { leerCortesia } from '../src/ia/cortesia.ts';
import { describirHorario, estaAbierto } from '../src/ia/horario.ts';
import { responderLocal } from '../src/ia/modo_local.ts';
import { oraciones, palabras, raiz } from '../src/ia/texto.ts';
import { leerRenglones } from './datos/leer.ts';

const CONOCIMIENTO: Record<string, Bloque[]> = {
  aura: aBloques(CONOCIMIENTO_AURA),
  demo: aBloques(CONOCIMIENTO_FERRETERIA),
};
const HORARIO = {
  lun: [['10:00', '20:00']],
  mar: [
    ['10:00', '14:00'],
    ['16:00', '20:00'],
  ],
};
/** Viernes 20 de noviembre de 2026, 12:00 en Hermosillo. */
const AHORA = new Date('2026-11-20T19:00:00Z');

function aBloques(demo: typeof CONOCIMIENTO_AURA): Bloque[] {
  return demo.map((b, i) => ({
    id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    titulo: b.titulo,
    contenido: b.contenido,
    etiquetas: b.etiquetas,
    prioridad: b.prioridad ?? 0,
    rango: null,
  }));
}

function entrada(pregunta: string, cambios: Partial<EntradaIA> = {}): EntradaIA {
  return {
    nora: {
      nombre_nora: 'aura',
      nombre_visible: 'Aura Estudio de Belleza',
      personalidad: null,
      instrucciones: null,
      modo_respuesta: 'flexible',
      modelo_ia: null,
      zona_horaria: 'America/Hermosillo',
      horario: null,
    },
    contacto: { id: 'c', nombre: 'Karla Montaño' },
    historial: [],
    pregunta,
    conocimiento: CONOCIMIENTO['aura'] ?? [],
    ahora: AHORA,
    ...cambios,
  };
}

function medir(archivo: string) {
  const fallas: string[] = [];
  let contestadas = 0;
  let abstenidas = 0;
  for (const [nora = '', fragmento = '', pregunta = ''] of leerRenglones(archivo)) {
    const r = responderLocal(entrada(pregunta, { conocimiento: CONOCIMIENTO[nora] ?? [] }));
    const bien = fragmento
      ? r.accion === 'responder' && r.texto.includes(fragmento)
      : r.accion === 'pasar_a_humano';
    if (!bien) fallas.push(`${nora}: ${pregunta} -> ${r.accion} ${r.texto}`);
    else if (fragmento) contestadas++;
    else abstenidas++;
  }
  return { contestadas, abstenidas, fallas };
}

describe('modo local sobre la demo', () => {
  test('de 60 preguntas sin respuesta se abstiene en al menos 57, y de 65 con respuesta acierta al menos 50', (t) => {
    const r = medir('local_prueba.txt');
    t.diagnostic(
      `conjunto de prueba: contesta bien ${r.contestadas} de 65, se abstiene en ${r.abstenidas} de 60`,
    );
    for (const f of r.fallas) t.diagnostic(f);
    assert.ok(r.abstenidas >= 57, `se abstuvo en ${r.abstenidas}`);
    assert.ok(r.contestadas >= 50, `contestó ${r.contestadas}`);
  });

  test('con un segundo conjunto, escrito ya con las reglas fijas, se sostiene', (t) => {
    const r = medir('local_prueba2.txt');
    t.diagnostic(
      `segundo conjunto: contesta bien ${r.contestadas} de 40, se abstiene en ${r.abstenidas} de 40`,
    );
    for (const f of r.fallas) t.diagnostic(f);
    assert.ok(r.abstenidas >= 38 && r.contestadas >= 34);
  });

  test('el conjunto con que se decidieron las reglas no empeora', (t) => {
    const r = medir('local_ajuste.txt');
    t.diagnostic(
      `conjunto de ajuste: contesta bien ${r.contestadas} de 30, se abstiene en ${r.abstenidas} de 30`,
    );
    assert.deepEqual(r.fallas, []);
  });

  test('toda respuesta del modo local está copiada de un solo bloque, que es el que cita', () => {
    for (const archivo of ['local_prueba.txt', 'local_prueba2.txt', 'local_ajuste.txt']) {
      for (const [nora = '', , pregunta = ''] of leerRenglones(archivo)) {
        const conocimiento = CONOCIMIENTO[nora] ?? [];
        const r = responderLocal(entrada(pregunta, { conocimiento }));
        if (r.citados.length === 0) continue;
        assert.equal(r.citados.length, 1);
        const bloque = conocimiento.find((b) => b.id === r.citados[0]);
        for (const o of oraciones(r.texto.replace(/^¡Hola! /, ''))) {
          assert.ok(bloque?.contenido.includes(o), `${pregunta}: «${o}» no está en «${bloque?.titulo}»`);
        }
      }
    }
  });

  test('«¿Cuánto cuesta un corte?» da el precio y cita su bloque', () => {
    const r = responderLocal(entrada('¿Cuánto cuesta un corte?'));
    assert.equal(r.accion, 'responder');
    assert.match(r.texto, /\$350/);
    assert.equal(r.citados[0], CONOCIMIENTO['aura']?.[0]?.id);
  });

  test('un número que el bloque no trae impide contestar con él', () => {
    const conocimiento = CONOCIMIENTO['demo'] ?? [];
    assert.match(
      responderLocal(entrada('precio del tinaco de 750 litros', { conocimiento })).texto,
      /\$2,350/,
    );
    assert.equal(
      responderLocal(entrada('precio del tinaco de 600 litros', { conocimiento })).accion,
      'pasar_a_humano',
    );
  });

  test('dos preguntas en una ráfaga reciben las dos respuestas y citan los dos bloques', () => {
    const r = responderLocal(
      entrada('hola\n¿cuánto cuesta el corte de caballero? y ¿tienen estacionamiento?'),
    );
    assert.match(r.texto, /\$220[\s\S]*estacionamiento gratis/);
    assert.equal(r.citados.length, 2);
  });

  test('una pregunta partida en varios mensajes se lee entera', () => {
    assert.match(responderLocal(entrada('hola\ncuánto cuesta\nel corte de niño')).texto, /\$180/);
  });

  test('una pegada enorme de texto no ocupa el proceso', () => {
    const inicio = performance.now();
    responderLocal(entrada(Array.from({ length: 9000 }, (_, i) => `palabra${i} bla${i % 7}x`).join(' ')));
    assert.ok(performance.now() - inicio < 1000);
  });

  test('sin conocimiento siempre pasa a una persona', () => {
    const r = responderLocal(entrada('¿Cuánto cuesta un corte?', { conocimiento: [] }));
    assert.deepEqual([r.accion, r.motivo, r.citados], ['pasar_a_humano', 'sin_evidencia', []]);
  });
});

describe('cortesía en modo local', () => {
  test('un saludo suelto se contesta con el nombre de la nora y de la persona, sin datos', () => {
    const r = responderLocal(entrada('Hola, buenas tardes!!'));
    assert.equal(
      r.texto,
      '¡Hola, Karla! Gracias por escribir a Aura Estudio de Belleza. ¿En qué te puedo ayudar?',
    );
    assert.equal(r.accion, 'responder');
  });

  test('«gracias», «ok», un pulgar y «adiós» no molestan a nadie del equipo', () => {
    for (const p of [
      'gracias',
      'ok muchas gracias',
      'Ok',
      '👍',
      'va',
      'perfecto, gracias',
      'adiós',
      'nos vemos',
    ]) {
      assert.equal(responderLocal(entrada(p)).accion, 'responder', p);
    }
  });

  test('«sí» a una pregunta que hizo Nora o el equipo pasa a una persona', () => {
    const historial: EntradaIA['historial'] = [{ autor: 'humano', texto: '¿Te agendo el sábado a las 11?' }];
    assert.equal(responderLocal(entrada('sí', { historial })).accion, 'pasar_a_humano');
    assert.equal(responderLocal(entrada('no', { historial })).accion, 'pasar_a_humano');
    const abierta: EntradaIA['historial'] = [{ autor: 'ia', texto: '¡Hola! ¿En qué te puedo ayudar?' }];
    assert.equal(responderLocal(entrada('ok', { historial: abierta })).accion, 'responder');
  });

  test('un saludo con pregunta se contesta como pregunta', () => {
    assert.equal(leerCortesia('hola, ¿cuánto cuesta un corte?'), null);
    assert.match(responderLocal(entrada('hola, ¿cuánto cuesta un corte?')).texto, /^¡Hola! .*\$350/);
    // Con más letras que cualquier saludo ni se busca: frase por frase, 160,000 detenían el proceso.
    assert.equal(leerCortesia('ok '.repeat(80)), 'acuerdo');
    assert.equal(leerCortesia('ok '.repeat(50_000)), null);
  });

  test('quien pide a una persona la recibe', () => {
    for (const p of [
      'quiero hablar con una persona',
      'me puede atender alguien?',
      'asesor',
      'pásame con la encargada',
      'no quiero un bot',
    ]) {
      const r = responderLocal(entrada(p));
      assert.deepEqual([r.accion, r.motivo], ['pasar_a_humano', 'pasada_a_humano'], p);
    }
  });
});

describe('horario y texto', () => {
  test('el pase fuera de horario no promete respuesta inmediata', () => {
    const nora = { ...entrada('').nora, horario: HORARIO };
    assert.match(responderLocal(entrada('¿hacen tatuajes?', { nora })).texto, /en cuanto abramos/);
    const lunes = new Date('2026-11-23T19:00:00Z');
    assert.match(responderLocal(entrada('¿hacen tatuajes?', { nora, ahora: lunes })).texto, /en un momento/);
  });

  test('el horario se entiende por día, con varios tramos, y lo raro cuenta como no dicho', () => {
    const martes = (utc: string) =>
      estaAbierto(HORARIO, 'America/Hermosillo', new Date(`2026-11-24T${utc}Z`));
    assert.deepEqual([martes('17:00:00'), martes('22:00:00'), martes('23:00:00')], [true, false, true]);
    for (const malo of [null, {}, 'x', { lun: 'todo el día' }, { lun: [['25:00', '26:00']] }]) {
      assert.equal(estaAbierto(malo, 'America/Hermosillo', AHORA), null);
      assert.equal(describirHorario(malo), null);
    }
    assert.match(
      describirHorario(HORARIO) ?? '',
      /^lunes 10:00 a 20:00; martes 10:00 a 14:00 y 16:00 a 20:00; miércoles cerrado/,
    );
  });

  test('las raíces juntan conjugaciones y plurales, y las oraciones no se cortan en abreviaturas', () => {
    const familias = [
      'factura facturan facturación facturarme',
      'cuesta cuestan costo costos',
      'corte cortes cortar',
      'cierran cerrar',
    ];
    for (const f of familias) {
      const raices = new Set(f.split(' ').map((p) => raiz(p.normalize('NFD').replace(/\p{M}/gu, ''))));
      assert.equal(raices.size, 1, `${f}: ${[...raices].join(' ')}`);
    }
    assert.deepEqual(palabras('tinaco de 1,100 litros a $6.50, varilla 3/8 a las 7:30'), [
      'tinaco',
      'de',
      '1100',
      'litros',
      'a',
      '6.50',
      'varilla',
      '3/8',
      'a',
      'las',
      '7:30',
    ]);
    assert.equal(oraciones('Estamos en Blvd. Morelos 415. Cuesta $6.50 cada uno.').length, 2);
  });
});
