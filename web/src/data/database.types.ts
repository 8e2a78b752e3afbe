// Generated from the migrations. Not edited by hand.
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      app_users: {
        Row: {
          billing_plan: string;
          cognito_sub: string;
          created_at: string;
          display_name: string | null;
          email: string | null;
          id: string;
          role: string;
          updated_at: string;
        };
        Insert: {
          billing_plan?: string;
          cognito_sub?: string;
          created_at?: string;
          display_name?: string | null;
          email?: string | null;
          id?: string;
          role?: string;
          updated_at?: string;
        };
        Update: {
          billing_plan?: string;
          cognito_sub?: string;
          created_at?: string;
          display_name?: string | null;
          email?: string | null;
          id?: string;
          role?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      notes: {
        Row: {
          body: string;
          created_at: string;
          id: string;
          owner_sub: string;
          updated_at: string;
        };
        Insert: {
          body: string;
          created_at?: string;
          id?: string;
          owner_sub?: string;
          updated_at?: string;
        };
        Update: {
          body?: string;
          created_at?: string;
          id?: string;
          owner_sub?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      task_assignments: {
        Row: {
          created_at: string;
          task_id: string;
          user_id: string;
          workspace_id: string;
        };
        Insert: {
          created_at?: string;
          task_id: string;
          user_id: string;
          workspace_id: string;
        };
        Update: {
          created_at?: string;
          task_id?: string;
          user_id?: string;
          workspace_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'task_assignments_member';
            columns: ['workspace_id', 'user_id'];
            referencedRelation: 'workspace_members';
            referencedColumns: ['workspace_id', 'user_id'];
          },
          {
            foreignKeyName: 'task_assignments_task_id_fkey';
            columns: ['task_id'];
            referencedRelation: 'tasks';
            referencedColumns: ['id'];
          },
        ];
      };
      tasks: {
        Row: {
          created_at: string;
          due_on: string | null;
          id: string;
          status: string;
          title: string;
          updated_at: string;
          workspace_id: string;
        };
        Insert: {
          created_at?: string;
          due_on?: string | null;
          id?: string;
          status?: string;
          title: string;
          updated_at?: string;
          workspace_id: string;
        };
        Update: {
          created_at?: string;
          due_on?: string | null;
          id?: string;
          status?: string;
          title?: string;
          updated_at?: string;
          workspace_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'tasks_workspace_id_fkey';
            columns: ['workspace_id'];
            referencedRelation: 'workspaces';
            referencedColumns: ['id'];
          },
        ];
      };
      workspace_invites: {
        Row: {
          accepted_at: string | null;
          accepted_by: string | null;
          created_at: string;
          email: string;
          expires_at: string;
          id: string;
          invited_by: string | null;
          role: string;
          token_hash: string;
          workspace_id: string;
        };
        Insert: {
          accepted_at?: string | null;
          accepted_by?: string | null;
          created_at?: string;
          email: string;
          expires_at?: string;
          id?: string;
          invited_by?: string | null;
          role: string;
          token_hash: string;
          workspace_id: string;
        };
        Update: {
          accepted_at?: string | null;
          accepted_by?: string | null;
          created_at?: string;
          email?: string;
          expires_at?: string;
          id?: string;
          invited_by?: string | null;
          role?: string;
          token_hash?: string;
          workspace_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'workspace_invites_accepted_by_fkey';
            columns: ['accepted_by'];
            referencedRelation: 'app_users';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'workspace_invites_invited_by_fkey';
            columns: ['invited_by'];
            referencedRelation: 'app_users';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'workspace_invites_workspace_id_fkey';
            columns: ['workspace_id'];
            referencedRelation: 'workspaces';
            referencedColumns: ['id'];
          },
        ];
      };
      workspace_members: {
        Row: {
          created_at: string;
          role: string;
          user_id: string;
          workspace_id: string;
        };
        Insert: {
          created_at?: string;
          role: string;
          user_id: string;
          workspace_id: string;
        };
        Update: {
          created_at?: string;
          role?: string;
          user_id?: string;
          workspace_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'workspace_members_user_id_fkey';
            columns: ['user_id'];
            referencedRelation: 'app_users';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'workspace_members_workspace_id_fkey';
            columns: ['workspace_id'];
            referencedRelation: 'workspaces';
            referencedColumns: ['id'];
          },
        ];
      };
      workspaces: {
        Row: {
          created_at: string;
          id: string;
          name: string;
          updated_at: string;
        };
        Insert: {
          created_at?: string;
          id?: string;
          name: string;
          updated_at?: string;
        };
        Update: {
          created_at?: string;
          id?: string;
          name?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      abandon_admin_operation: { Args: { id: string }; Returns: undefined };
      accept_invite: { Args: { token: string }; Returns: string };
      admin_find_users: {
        Args: { after?: string; email?: string; most?: number };
        Returns: Json;
      };
      admin_read_user: { Args: { sub: string }; Returns: Json };
      apply_account_event: {
        Args: {
          attributes?: Json;
          groups?: string[];
          kind: string;
          message_id: string;
          occurred_at: string;
          sub: string;
          username?: string;
        };
        Returns: boolean;
      };
      assign_task: {
        Args: { task_id: string; user_id: string };
        Returns: undefined;
      };
      begin_admin_operation: {
        Args: {
          group_name?: string;
          key: string;
          operation: string;
          request: string;
          sub?: string;
        };
        Returns: Json;
      };
      block_address: {
        Args: { address: string; reason?: string; until?: string };
        Returns: undefined;
      };
      change_member_role: {
        Args: { role: string; user_id: string; workspace_id: string };
        Returns: undefined;
      };
      claim_transfer: {
        Args: { addresses: string[]; sub: string };
        Returns: Json;
      };
      create_workspace: {
        Args: { name: string };
        Returns: {
          created_at: string;
          id: string;
          name: string;
          updated_at: string;
        };
        SetofOptions: {
          from: '*';
          to: 'workspaces';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      delete_profile: { Args: { sub: string }; Returns: undefined };
      disable_user: { Args: { sub: string }; Returns: undefined };
      enable_user: { Args: { sub: string }; Returns: undefined };
      ensure_profile: {
        Args: Record<PropertyKey, never>;
        Returns: {
          billing_plan: string;
          cognito_sub: string;
          created_at: string;
          display_name: string | null;
          email: string | null;
          id: string;
          role: string;
          updated_at: string;
        };
        SetofOptions: {
          from: '*';
          to: 'app_users';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      find_user: {
        Args: { email: string };
        Returns: {
          billing_plan: string;
          cognito_sub: string;
          created_at: string;
          display_name: string | null;
          email: string | null;
          id: string;
          role: string;
          updated_at: string;
        }[];
        SetofOptions: {
          from: '*';
          to: 'app_users';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      finish_admin_operation: {
        Args: { facts?: Json; id: string; occurred_at: string; sub: string };
        Returns: Json;
      };
      invite_member: {
        Args: { email: string; role: string; workspace_id: string };
        Returns: string;
      };
      leave_workspace: { Args: { workspace_id: string }; Returns: undefined };
      me: { Args: Record<PropertyKey, never>; Returns: Json };
      old_account: { Args: { address: string }; Returns: Json };
      prepare_transfer: {
        Args: { address: string; old_id: string };
        Returns: undefined;
      };
      provision_profile: {
        Args: { email?: string; sub: string };
        Returns: {
          billing_plan: string;
          cognito_sub: string;
          created_at: string;
          display_name: string | null;
          email: string | null;
          id: string;
          role: string;
          updated_at: string;
        };
        SetofOptions: {
          from: '*';
          to: 'app_users';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      record_cognito_event: {
        Args: {
          attributes?: Json;
          groups?: string[];
          kind: string;
          occurred_at?: string;
          sub: string;
          username?: string;
        };
        Returns: boolean;
      };
      record_sign_in: {
        Args: {
          client_id?: string;
          new_device?: boolean;
          occurred_at: string;
          sub: string;
        };
        Returns: boolean;
      };
      remove_member: {
        Args: { user_id: string; workspace_id: string };
        Returns: undefined;
      };
      revoke_session: { Args: { origin_jti: string }; Returns: undefined };
      revoke_user: { Args: { sub: string }; Returns: undefined };
      sign_in_problem: {
        Args: { addresses?: string[]; sub: string };
        Returns: string;
      };
      sign_out_everywhere: {
        Args: Record<PropertyKey, never>;
        Returns: undefined;
      };
      transfer_ownership: {
        Args: { user_id: string; workspace_id: string };
        Returns: undefined;
      };
      unblock_address: { Args: { address: string }; Returns: undefined };
      withdraw_invite: { Args: { invite_id: string }; Returns: undefined };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R;
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R;
      }
      ? R
      : never
    : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema['Tables']
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I;
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I;
      }
      ? I
      : never
    : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema['Tables']
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U;
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U;
      }
      ? U
      : never
    : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema['Enums']
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema['CompositeTypes']
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never = never,
> = PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never;

export const Constants = {
  public: {
    Enums: {},
  },
} as const;
