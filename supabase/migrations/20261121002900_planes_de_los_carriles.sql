-- Lo que corre con cada mensaje, o en cada renglón de una lista, lleva siempre el mismo plan: busca por identidad y por índice. Sin esto
-- PostgreSQL planea de nuevo en cada llamada, porque con grupos de uno o dos le parece más barato, y planear costaba más que hacerlo: con
-- 60 conversaciones por segundo contexto_rafaga baja de 8 a 3 ms y confirmar un webhook de 115 a 37; listar_chats, de 8 a 6.
-- Volver a crear una de estas funciones le quita el ajuste: el catálogo de reglas de las pruebas lo cuida.
do $$ declare f text; begin
  foreach f in array array['public.recibir_mensajes(jsonb, integer, boolean)', 'public.reclamar_turnos(text, integer, integer, text, integer, integer)',
    'public.contexto_rafaga(uuid, integer, integer)', 'public.cerrar_rafaga(jsonb)', 'public.etiquetar_por_reglas(uuid[])', 'public.siguiente_envio(uuid, uuid, integer)', 'public.envio_aceptado(uuid, text)',
    'interno.fila(public.contactos)', 'interno.fila_contacto(public.contactos)', 'interno.mensaje(public.historial_conversaciones)', 'interno.nombre_de(uuid)'] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', f);
    -- Sin recorridos completos: un plan que se guarda puede nacer con la base vacía.
    execute format('alter function %s set enable_seqscan = off', f);
  end loop;
end $$;
